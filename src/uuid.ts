const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** RFC 9562 4. Anything else is the id of nothing, and Postgres would refuse to look for it. */
export const isUuid = (text: string): boolean => form.test(text)
