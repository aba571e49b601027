import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { User as UserModel } from '../users/user.js';
import type { UserPage } from '../users/user-service.js';
import type { Role as RoleModel } from '../roles/role.js';
import type { Session as SessionModel } from '../sessions/session.js';
import type { ApiKey as ApiKeyModel } from '../api-keys/api-key.js';
import type { Client } from '../clients/client.js';
import type { AuditEvent as AuditEventModel } from '../audit/audit-event.js';
import type { AuditPage } from '../audit/audit-service.js';
import type { Context, SignedInContext } from '../graphql/context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment in time, in UTC, as RFC 3339 text: `2026-01-31T09:30:00.000Z`. */
  DateTime: { input: Date; output: Date; }
};

/** A credential of a user for programs: `Authorization: Bearer fg_...`, or `X-API-Key: fg_...`. */
export type ApiKey = {
  readonly __typename?: 'ApiKey';
  readonly createdAt: Scalars['DateTime']['output'];
  /** Null: it is good until it is revoked. */
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  readonly id: Scalars['ID']['output'];
  /** To about a minute; null while nobody has used it. */
  readonly lastUsedAt: Maybe<Scalars['DateTime']['output']>;
  /** What its owner calls it. */
  readonly name: Scalars['String']['output'];
  /** What it may do at most; what it may do is also within what the roles of its owner give. */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
};

export type AuditDetail = {
  readonly __typename?: 'AuditDetail';
  readonly name: Scalars['String']['output'];
  readonly values: ReadonlyArray<Scalars['String']['output']>;
};

/** Something that was done, or was refused. It is never changed. Everybody may read what concerns themselves. */
export type AuditEvent = {
  readonly __typename?: 'AuditEvent';
  /** What was done, as `noun.verb-past`: `session.started`, `user.disabled`, `login.refused`. */
  readonly action: Scalars['String']['output'];
  /** The user or service client who did it; null for the server itself and for somebody who is not signed in. */
  readonly actorId: Maybe<Scalars['ID']['output']>;
  /**
   * The network address from which it was done. Without `audit:read`, this and the two below are shown of what the caller
   * did, and of what was done on the caller by nobody who had signed in: a guess at the password, say.
   */
  readonly address: Maybe<Scalars['String']['output']>;
  readonly createdAt: Scalars['DateTime']['output'];
  /** What the actor came with: the session, the API key, or for a service client the client; null for who came with none. */
  readonly credentialId: Maybe<Scalars['ID']['output']>;
  /** What else is known, by name: the roles that were given, the session that ended. */
  readonly details: ReadonlyArray<AuditDetail>;
  readonly id: Scalars['ID']['output'];
  /** The `x-request-id` under which the server's own log speaks of it. */
  readonly requestId: Maybe<Scalars['String']['output']>;
  readonly result: AuditResult;
  /** The user whom it concerns; for a thing that belongs to nobody, the thing. */
  readonly subjectId: Maybe<Scalars['ID']['output']>;
};

export type AuditEventConnection = {
  readonly __typename?: 'AuditEventConnection';
  readonly edges: ReadonlyArray<AuditEventEdge>;
  readonly nodes: ReadonlyArray<AuditEvent>;
  readonly pageInfo: PageInfo;
  /** How many events the caller may see that match the filter, on all pages together. */
  readonly totalCount: Scalars['Int']['output'];
};

export type AuditEventEdge = {
  readonly __typename?: 'AuditEventEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: AuditEvent;
};

export type AuditResult =
  | 'REFUSED'
  | 'SUCCESS';

/** What a client gets at sign-in and at each refresh (RFC 6749 5.1). */
export type AuthPayload = {
  readonly __typename?: 'AuthPayload';
  /** For the header `Authorization: Bearer ...`. Null where cookies carry the tokens. */
  readonly accessToken: Maybe<Scalars['String']['output']>;
  /** Seconds until the access token expires. */
  readonly expiresIn: Scalars['Int']['output'];
  /** Exchange it once for the next pair. Null where cookies carry the tokens. */
  readonly refreshToken: Maybe<Scalars['String']['output']>;
  /** The scopes that were granted. */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
  readonly sessionId: Scalars['ID']['output'];
  /** Always `Bearer`. */
  readonly tokenType: Scalars['String']['output'];
};

export type CreateApiKeyInput = {
  /** Without it the key is good until it is revoked. */
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  readonly name: Scalars['String']['input'];
  /** At least one, and none that the caller lacks. */
  readonly scopes: ReadonlyArray<Scalars['String']['input']>;
};

export type CreateRoleInput = {
  readonly description: Scalars['String']['input'];
  /** Lower-case letters, digits and hyphens, 50 at most. It never changes. */
  readonly name: Scalars['ID']['input'];
  /** At least one. */
  readonly scopes: ReadonlyArray<Scalars['String']['input']>;
};

export type CreateServiceClientInput = {
  readonly kind: ServiceClientKind;
  readonly name: Scalars['String']['input'];
  /** At least one for a public client; none for one that acts for itself alone. */
  readonly redirectUris: ReadonlyArray<Scalars['String']['input']>;
  /** At least one, and none that the caller lacks. */
  readonly scopes: ReadonlyArray<Scalars['String']['input']>;
};

export type CreateUserInput = {
  readonly email: Scalars['String']['input'];
  readonly name: Scalars['String']['input'];
  readonly password: Scalars['String']['input'];
  /** Defaults to the role of a newcomer. Only roles whose scopes the caller has. */
  readonly roles?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type CreatedApiKey = {
  readonly __typename?: 'CreatedApiKey';
  readonly apiKey: ApiKey;
  /** The key itself. It is shown here and nowhere else: it cannot be read again. */
  readonly key: Scalars['String']['output'];
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Replaces the caller's password, and ends all their other sessions. API keys stay good: where one may have leaked,
   * `revokeApiKey` takes it back.
   */
  readonly changePassword: Scalars['Boolean']['output'];
  /** Makes an API key for the caller, who must have signed in: an API key makes no others. At most 50 a user. */
  readonly createApiKey: CreatedApiKey;
  /**
   * Makes a role. Nobody can make or change one with scopes that they lack. What a scope gives counts from the next
   * refresh or sign-in of those who have the role.
   */
  readonly createRole: Role;
  readonly createServiceClient: ServiceClientSecret;
  /** Makes a user for somebody else. */
  readonly createUser: User;
  /** Removes a role that no user has. Built-in roles cannot be removed. */
  readonly deleteRole: Scalars['Boolean']['output'];
  /** Nothing more is issued to this client, and its access tokens end. */
  readonly disableServiceClient: ServiceClient;
  /** From now on this user cannot sign in. Only a user all of whose scopes the caller has, and never the last administrator. */
  readonly disableUser: User;
  /** This user may sign in again. Only a user all of whose scopes the caller has. */
  readonly enableUser: User;
  /**
   * Starts a session. Scopes that are asked for stay the ceiling of the session; without any, it has
   * whatever the roles of the user give, at each refresh. With the header `Fieldgate-Cookies: on`, which browsers then send
   * with every request, the tokens are kept in cookies that no script can read. `RATE_LIMITED` after too many failures.
   */
  readonly login: AuthPayload;
  /**
   * Ends the session that the request belongs to, and those of the refresh tokens that it shows, in the argument or as a cookie:
   * so the access token may have expired, or not be at hand. A token that is not good any more has nothing to end, and is no
   * error. Cookies are removed whatever comes of it.
   */
  readonly logout: Scalars['Boolean']['output'];
  /**
   * Exchanges a refresh token, which is left out where cookies carry it, for the next pair. If the answer is lost, the
   * same token gets the same successor for 30 seconds, until that one is used. Any other second use of a token ends the
   * session: somebody else has it too. Cookies whose token is not valid are removed.
   */
  readonly refresh: AuthPayload;
  /**
   * Makes a user of one's own, with the role of a newcomer. `FORBIDDEN` where registration is closed, `RATE_LIMITED` after too
   * many from one network.
   */
  readonly register: RegisterPayload;
  /** From now on nobody can use this API key of the caller's. */
  readonly revokeApiKey: Scalars['Boolean']['output'];
  /** Ends all sessions of the caller's but the present one. Returns how many ended. */
  readonly revokeOtherSessions: Scalars['Int']['output'];
  /** Ends a session of the caller's. */
  readonly revokeSession: Scalars['Boolean']['output'];
  /**
   * For credentials that have leaked: ends every session of this user and revokes every API key, for good. The password stays.
   * Only a user all of whose scopes the caller has.
   */
  readonly revokeUserCredentials: Scalars['Boolean']['output'];
  /**
   * Gives a confidential client another secret. The one before stays good for so many seconds, 30 days at most; with 0
   * it has leaked, and the access tokens of the client end with it. Not for a client with scopes that the caller lacks.
   */
  readonly rotateServiceClientSecret: ServiceClientSecret;
  /**
   * Gives a user exactly these roles. Nobody can give or take a role with scopes that they lack,
   * and the last administrator keeps that role.
   */
  readonly setUserRoles: User;
  /** Changes what others see of the caller. */
  readonly updateProfile: User;
  /**
   * Changes a role. A scope that is removed stops working at once, for everybody: all access tokens, yours too, have to be
   * refreshed then. `admin` always has every scope.
   */
  readonly updateRole: Role;
};


export type MutationChangePasswordArgs = {
  currentPassword: Scalars['String']['input'];
  newPassword: Scalars['String']['input'];
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationCreateRoleArgs = {
  input: CreateRoleInput;
};


export type MutationCreateServiceClientArgs = {
  input: CreateServiceClientInput;
};


export type MutationCreateUserArgs = {
  input: CreateUserInput;
};


export type MutationDeleteRoleArgs = {
  name: Scalars['ID']['input'];
};


export type MutationDisableServiceClientArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDisableUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationEnableUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationLoginArgs = {
  email: Scalars['String']['input'];
  password: Scalars['String']['input'];
  scopes?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};


export type MutationLogoutArgs = {
  refreshToken?: InputMaybe<Scalars['String']['input']>;
};


export type MutationRefreshArgs = {
  refreshToken?: InputMaybe<Scalars['String']['input']>;
};


export type MutationRegisterArgs = {
  input: RegisterInput;
};


export type MutationRevokeApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeSessionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeUserCredentialsArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationRotateServiceClientSecretArgs = {
  id: Scalars['ID']['input'];
  overlapSeconds?: Scalars['Int']['input'];
};


export type MutationSetUserRolesArgs = {
  roles: ReadonlyArray<Scalars['String']['input']>;
  userId: Scalars['ID']['input'];
};


export type MutationUpdateProfileArgs = {
  input: UpdateProfileInput;
};


export type MutationUpdateRoleArgs = {
  input: UpdateRoleInput;
  name: Scalars['ID']['input'];
};

/** Where a page of a connection stands among the others (Relay cursor connections). */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  readonly endCursor: Maybe<Scalars['String']['output']>;
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

export type Query = {
  readonly __typename?: 'Query';
  /** What was done, newest first. At most 100 a page. With `audit:read` everything, without it what concerns the caller. */
  readonly auditEvents: AuditEventConnection;
  /** The signed-in user; null for a service client. */
  readonly me: Maybe<User>;
  readonly roles: ReadonlyArray<Role>;
  readonly scopes: ReadonlyArray<Scope>;
  /** All clients, newest first, those that are disabled too. */
  readonly serviceClients: ReadonlyArray<ServiceClient>;
  /** One user; null when there is none with this id. */
  readonly user: Maybe<User>;
  /** All users, newest first. At most 100 a page. */
  readonly users: UserConnection;
};


export type QueryAuditEventsArgs = {
  action?: InputMaybe<Scalars['String']['input']>;
  actor?: InputMaybe<Scalars['ID']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  subject?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryUserArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  search?: InputMaybe<Scalars['String']['input']>;
};

export type RegisterInput = {
  readonly email: Scalars['String']['input'];
  readonly name: Scalars['String']['input'];
  /** 8 to 128 characters; any characters, no common passwords. */
  readonly password: Scalars['String']['input'];
};

/** What a newcomer gets to know. Sign in next. */
export type RegisterPayload = {
  readonly __typename?: 'RegisterPayload';
  readonly userId: Scalars['ID']['output'];
};

/** A named set of scopes. */
export type Role = {
  readonly __typename?: 'Role';
  readonly description: Scalars['String']['output'];
  readonly name: Scalars['ID']['output'];
  /** The scopes as granted; those that they imply come on top. */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
};

/** A right, written `resource:action`. */
export type Scope = {
  readonly __typename?: 'Scope';
  readonly description: Scalars['String']['output'];
  /** The scopes that this one brings along. */
  readonly implies: ReadonlyArray<Scalars['String']['output']>;
  readonly name: Scalars['ID']['output'];
};

/** A program that was made known to the server: one that acts for itself, or for users who let it. */
export type ServiceClient = {
  readonly __typename?: 'ServiceClient';
  readonly createdAt: Scalars['DateTime']['output'];
  /** When it was disabled; null while it may be used. */
  readonly disabledAt: Maybe<Scalars['DateTime']['output']>;
  /** The `client_id` of OAuth. */
  readonly id: Scalars['ID']['output'];
  readonly kind: ServiceClientKind;
  readonly name: Scalars['String']['output'];
  /** Where users may be sent back to, compared word for word. */
  readonly redirectUris: ReadonlyArray<Scalars['String']['output']>;
  /** What it may be given at most, for itself or on behalf of a user. */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
};

/** Whether it can keep a secret (RFC 6749 2.1). */
export type ServiceClientKind =
  /** Runs on a server of its own, and proves by a secret who it is. */
  | 'CONFIDENTIAL'
  /** Runs with its user, who could read a secret: a page in a browser, an app. */
  | 'PUBLIC';

export type ServiceClientSecret = {
  readonly __typename?: 'ServiceClientSecret';
  readonly client: ServiceClient;
  /** The `client_secret` of OAuth. It is shown here and nowhere else. Null for a public client. */
  readonly secret: Maybe<Scalars['String']['output']>;
};

/** One sign-in of a user, until it is logged out, revoked or not used for long. */
export type Session = {
  readonly __typename?: 'Session';
  /** The network address that it was last used from. */
  readonly address: Maybe<Scalars['String']['output']>;
  /** The client that it was issued to. */
  readonly clientId: Scalars['String']['output'];
  readonly createdAt: Scalars['DateTime']['output'];
  /** Whether the request itself belongs to this session. */
  readonly current: Scalars['Boolean']['output'];
  /** Such as `Firefox on Linux`, as the device named itself at sign-in; null where it said nothing. */
  readonly device: Maybe<Scalars['String']['output']>;
  /** When it ends unless it is refreshed before. */
  readonly expiresAt: Scalars['DateTime']['output'];
  readonly id: Scalars['ID']['output'];
  /** The last sign-in or refresh. */
  readonly lastUsedAt: Scalars['DateTime']['output'];
  /** As granted at sign-in or at the last refresh. */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * What is done from now on, each event once. A subscriber who reads too slowly is told so and dropped;
   * the query has what it missed.
   */
  readonly auditEvents: AuditEvent;
};

export type UpdateProfileInput = {
  readonly name: Scalars['String']['input'];
};

/** What is left out stays. */
export type UpdateRoleInput = {
  readonly description?: InputMaybe<Scalars['String']['input']>;
  /** Exactly these from now on; at least one. */
  readonly scopes?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/** A person who can sign in. */
export type User = {
  readonly __typename?: 'User';
  /** The API keys that are not revoked, newest first. */
  readonly apiKeys: Maybe<ReadonlyArray<ApiKey>>;
  readonly createdAt: Scalars['DateTime']['output'];
  /** When the user was disabled; null while the user may sign in. */
  readonly disabledAt: Maybe<Scalars['DateTime']['output']>;
  /** Shown to its owner, and to callers who may read addresses. */
  readonly email: Maybe<Scalars['String']['output']>;
  readonly id: Scalars['ID']['output'];
  /** What others call this person. */
  readonly name: Scalars['String']['output'];
  readonly roles: Maybe<ReadonlyArray<Role>>;
  /** The sessions that are alive, the one used last first; 100 at most. */
  readonly sessions: Maybe<ReadonlyArray<Session>>;
};

export type UserConnection = {
  readonly __typename?: 'UserConnection';
  readonly edges: ReadonlyArray<UserEdge>;
  readonly nodes: ReadonlyArray<User>;
  readonly pageInfo: PageInfo;
  readonly totalCount: Scalars['Int']['output'];
};

export type UserEdge = {
  readonly __typename?: 'UserEdge';
  readonly cursor: Scalars['String']['output'];
  readonly node: User;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  ApiKey: ResolverTypeWrapper<ApiKeyModel>;
  AuditDetail: ResolverTypeWrapper<AuditDetail>;
  AuditEvent: ResolverTypeWrapper<AuditEventModel>;
  AuditEventConnection: ResolverTypeWrapper<AuditPage>;
  AuditEventEdge: ResolverTypeWrapper<Omit<AuditEventEdge, 'node'> & { node: ResolversTypes['AuditEvent'] }>;
  AuditResult: AuditResult;
  AuthPayload: ResolverTypeWrapper<AuthPayload>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateRoleInput: CreateRoleInput;
  CreateServiceClientInput: CreateServiceClientInput;
  CreateUserInput: CreateUserInput;
  CreatedApiKey: ResolverTypeWrapper<Omit<CreatedApiKey, 'apiKey'> & { apiKey: ResolversTypes['ApiKey'] }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RegisterInput: RegisterInput;
  RegisterPayload: ResolverTypeWrapper<RegisterPayload>;
  Role: ResolverTypeWrapper<RoleModel>;
  Scope: ResolverTypeWrapper<Scope>;
  ServiceClient: ResolverTypeWrapper<Client>;
  ServiceClientKind: ServiceClientKind;
  ServiceClientSecret: ResolverTypeWrapper<Omit<ServiceClientSecret, 'client'> & { client: ResolversTypes['ServiceClient'] }>;
  Session: ResolverTypeWrapper<SessionModel>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  UpdateProfileInput: UpdateProfileInput;
  UpdateRoleInput: UpdateRoleInput;
  User: ResolverTypeWrapper<UserModel>;
  UserConnection: ResolverTypeWrapper<UserPage>;
  UserEdge: ResolverTypeWrapper<Omit<UserEdge, 'node'> & { node: ResolversTypes['User'] }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  ApiKey: ApiKeyModel;
  AuditDetail: AuditDetail;
  AuditEvent: AuditEventModel;
  AuditEventConnection: AuditPage;
  AuditEventEdge: Omit<AuditEventEdge, 'node'> & { node: ResolversParentTypes['AuditEvent'] };
  AuthPayload: AuthPayload;
  Boolean: Scalars['Boolean']['output'];
  CreateApiKeyInput: CreateApiKeyInput;
  CreateRoleInput: CreateRoleInput;
  CreateServiceClientInput: CreateServiceClientInput;
  CreateUserInput: CreateUserInput;
  CreatedApiKey: Omit<CreatedApiKey, 'apiKey'> & { apiKey: ResolversParentTypes['ApiKey'] };
  DateTime: Scalars['DateTime']['output'];
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  RegisterInput: RegisterInput;
  RegisterPayload: RegisterPayload;
  Role: RoleModel;
  Scope: Scope;
  ServiceClient: Client;
  ServiceClientSecret: Omit<ServiceClientSecret, 'client'> & { client: ResolversParentTypes['ServiceClient'] };
  Session: SessionModel;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  UpdateProfileInput: UpdateProfileInput;
  UpdateRoleInput: UpdateRoleInput;
  User: UserModel;
  UserConnection: UserPage;
  UserEdge: Omit<UserEdge, 'node'> & { node: ResolversParentTypes['User'] };
};

export type AuthDirectiveArgs = {
  anyOf?: Maybe<ReadonlyArray<ReadonlyArray<Scalars['String']['input']>>>;
  orPolicies?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  policies?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  reason?: Maybe<Scalars['String']['input']>;
  scopes?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type AuthDirectiveResolver<Result, Parent, ContextType = Context, Args = AuthDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type PublicDirectiveArgs = {
  reason?: Maybe<Scalars['String']['input']>;
};

export type PublicDirectiveResolver<Result, Parent, ContextType = Context, Args = PublicDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ApiKeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AuditDetailResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditDetail'] = ResolversParentTypes['AuditDetail']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  values?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AuditEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEvent'] = ResolversParentTypes['AuditEvent']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actorId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedInContext<ContextType>>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  credentialId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, SignedInContext<ContextType>>;
  details?: Resolver<ReadonlyArray<ResolversTypes['AuditDetail']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  requestId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedInContext<ContextType>>;
  result?: Resolver<ResolversTypes['AuditResult'], ParentType, ContextType>;
  subjectId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type AuditEventConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEventConnection'] = ResolversParentTypes['AuditEventConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['AuditEventEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['AuditEvent']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type AuditEventEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEventEdge'] = ResolversParentTypes['AuditEventEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['AuditEvent'], ParentType, ContextType>;
};

export type AuthPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuthPayload'] = ResolversParentTypes['AuthPayload']> = {
  accessToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresIn?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  refreshToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  sessionId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  tokenType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CreatedApiKeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreatedApiKey'] = ResolversParentTypes['CreatedApiKey']> = {
  apiKey?: Resolver<ResolversTypes['ApiKey'], ParentType, ContextType>;
  key?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  changePassword?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>, RequireFields<MutationChangePasswordArgs, 'currentPassword' | 'newPassword'>>;
  createApiKey?: Resolver<ResolversTypes['CreatedApiKey'], ParentType, SignedInContext<ContextType>, RequireFields<MutationCreateApiKeyArgs, 'input'>>;
  createRole?: Resolver<ResolversTypes['Role'], ParentType, SignedInContext<ContextType>, RequireFields<MutationCreateRoleArgs, 'input'>>;
  createServiceClient?: Resolver<ResolversTypes['ServiceClientSecret'], ParentType, SignedInContext<ContextType>, RequireFields<MutationCreateServiceClientArgs, 'input'>>;
  createUser?: Resolver<ResolversTypes['User'], ParentType, SignedInContext<ContextType>, RequireFields<MutationCreateUserArgs, 'input'>>;
  deleteRole?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>, RequireFields<MutationDeleteRoleArgs, 'name'>>;
  disableServiceClient?: Resolver<ResolversTypes['ServiceClient'], ParentType, SignedInContext<ContextType>, RequireFields<MutationDisableServiceClientArgs, 'id'>>;
  disableUser?: Resolver<ResolversTypes['User'], ParentType, SignedInContext<ContextType>, RequireFields<MutationDisableUserArgs, 'id'>>;
  enableUser?: Resolver<ResolversTypes['User'], ParentType, SignedInContext<ContextType>, RequireFields<MutationEnableUserArgs, 'id'>>;
  login?: Resolver<ResolversTypes['AuthPayload'], ParentType, ContextType, RequireFields<MutationLoginArgs, 'email' | 'password'>>;
  logout?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, Partial<MutationLogoutArgs>>;
  refresh?: Resolver<ResolversTypes['AuthPayload'], ParentType, ContextType, Partial<MutationRefreshArgs>>;
  register?: Resolver<ResolversTypes['RegisterPayload'], ParentType, ContextType, RequireFields<MutationRegisterArgs, 'input'>>;
  revokeApiKey?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>, RequireFields<MutationRevokeApiKeyArgs, 'id'>>;
  revokeOtherSessions?: Resolver<ResolversTypes['Int'], ParentType, SignedInContext<ContextType>>;
  revokeSession?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>, RequireFields<MutationRevokeSessionArgs, 'id'>>;
  revokeUserCredentials?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>, RequireFields<MutationRevokeUserCredentialsArgs, 'userId'>>;
  rotateServiceClientSecret?: Resolver<ResolversTypes['ServiceClientSecret'], ParentType, SignedInContext<ContextType>, RequireFields<MutationRotateServiceClientSecretArgs, 'id' | 'overlapSeconds'>>;
  setUserRoles?: Resolver<ResolversTypes['User'], ParentType, SignedInContext<ContextType>, RequireFields<MutationSetUserRolesArgs, 'roles' | 'userId'>>;
  updateProfile?: Resolver<ResolversTypes['User'], ParentType, SignedInContext<ContextType>, RequireFields<MutationUpdateProfileArgs, 'input'>>;
  updateRole?: Resolver<ResolversTypes['Role'], ParentType, SignedInContext<ContextType>, RequireFields<MutationUpdateRoleArgs, 'input' | 'name'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditEvents?: Resolver<ResolversTypes['AuditEventConnection'], ParentType, SignedInContext<ContextType>, Partial<QueryAuditEventsArgs>>;
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, SignedInContext<ContextType>>;
  roles?: Resolver<ReadonlyArray<ResolversTypes['Role']>, ParentType, SignedInContext<ContextType>>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['Scope']>, ParentType, SignedInContext<ContextType>>;
  serviceClients?: Resolver<ReadonlyArray<ResolversTypes['ServiceClient']>, ParentType, SignedInContext<ContextType>>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, SignedInContext<ContextType>, RequireFields<QueryUserArgs, 'id'>>;
  users?: Resolver<ResolversTypes['UserConnection'], ParentType, SignedInContext<ContextType>, Partial<QueryUsersArgs>>;
};

export type RegisterPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RegisterPayload'] = ResolversParentTypes['RegisterPayload']> = {
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type RoleResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Role'] = ResolversParentTypes['Role']> = {
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ScopeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Scope'] = ResolversParentTypes['Scope']> = {
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  implies?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ServiceClientResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ServiceClient'] = ResolversParentTypes['ServiceClient']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  disabledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['ServiceClientKind'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  redirectUris?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ServiceClientSecretResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ServiceClientSecret'] = ResolversParentTypes['ServiceClientSecret']> = {
  client?: Resolver<ResolversTypes['ServiceClient'], ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  address?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  clientId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  current?: Resolver<ResolversTypes['Boolean'], ParentType, SignedInContext<ContextType>>;
  device?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  auditEvents?: SubscriptionResolver<ResolversTypes['AuditEvent'], "auditEvents", ParentType, SignedInContext<ContextType>>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  apiKeys?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ApiKey']>>, ParentType, SignedInContext<ContextType>>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  disabledAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, SignedInContext<ContextType>>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedInContext<ContextType>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  roles?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Role']>>, ParentType, SignedInContext<ContextType>>;
  sessions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Session']>>, ParentType, SignedInContext<ContextType>>;
};

export type UserConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserConnection'] = ResolversParentTypes['UserConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['UserEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UserEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserEdge'] = ResolversParentTypes['UserEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  ApiKey?: ApiKeyResolvers<ContextType>;
  AuditDetail?: AuditDetailResolvers<ContextType>;
  AuditEvent?: AuditEventResolvers<ContextType>;
  AuditEventConnection?: AuditEventConnectionResolvers<ContextType>;
  AuditEventEdge?: AuditEventEdgeResolvers<ContextType>;
  AuthPayload?: AuthPayloadResolvers<ContextType>;
  CreatedApiKey?: CreatedApiKeyResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RegisterPayload?: RegisterPayloadResolvers<ContextType>;
  Role?: RoleResolvers<ContextType>;
  Scope?: ScopeResolvers<ContextType>;
  ServiceClient?: ServiceClientResolvers<ContextType>;
  ServiceClientSecret?: ServiceClientSecretResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  UserEdge?: UserEdgeResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = Context> = {
  auth?: AuthDirectiveResolver<any, any, ContextType>;
  public?: PublicDirectiveResolver<any, any, ContextType>;
};
