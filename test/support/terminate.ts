/**
 * Has the server end the connections of this name to the database that it is sent to, and to no other: all test files
 * share one server.
 */
export const terminateSql = (applicationName: 'fieldgate' | 'fieldgate revocations') =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE application_name = '${applicationName}' AND datname = current_database()`
