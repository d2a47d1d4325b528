import { defineConfigurable, kind, trait, type ValuesOf } from '@hub/config'
import { authenticatorConfigurable } from '../authenticator-config.js'

export const ldapConfigurable = defineConfigurable({
  name: 'LDAPAuthenticator',
  help: 'Accounts and passwords of an LDAP directory, Active Directory included.',
  aliases: ['ldapauthenticator.LDAPAuthenticator', 'ldapauthenticator.ldapauthenticator.LDAPAuthenticator'],
  parent: authenticatorConfigurable,
  traits: {
    server_address: trait.oneOf([kind.list(kind.str), kind.str], {
      default: '',
      help: 'Host name of the directory; several are tried in their order.',
    }),
    server_port: trait.int({
      default: (values) => (values['tls_strategy'] === 'on_connect' ? 636 : 389),
      defaultText: '636 with tls_strategy on_connect, else 389',
      help: 'Its port.',
    }),
    tls_strategy: trait.enumeration(['before_bind', 'on_connect', 'insecure'], {
      default: 'before_bind',
      help: 'before_bind: STARTTLS before anything is said; on_connect: ldaps; insecure: passwords travel in the open.',
    }),
    tls_kwargs: trait.dict(kind.any(), {
      default: {},
      help: 'Of TLS: ca_certs_file, validate (False trusts whoever answers), local_certificate_file and local_private_key_file.',
    }),
    bind_dn_template: trait.oneOf([kind.list(kind.str), kind.str], {
      default: [],
      help: 'DN of a user, {username} in it is replaced: uid={username},ou=people,dc=example,dc=org. Several are tried in turn.',
    }),
    lookup_dn: trait.bool({ default: false, help: 'Searches for the DN of the user instead of making it.' }),
    user_search_base: trait.str({ default: '', nullable: true, help: 'Below which entries users are searched.' }),
    user_attribute: trait.str({
      default: '',
      nullable: true,
      help: 'Attribute that holds the name people type: uid, or sAMAccountName for Active Directory.',
    }),
    lookup_dn_search_filter: trait.str({
      default: '({login_attr}={login})',
      nullable: true,
      help: 'Filter of the search; {login_attr} is user_attribute, {login} the name.',
    }),
    lookup_dn_search_user: trait.str({
      default: '',
      nullable: true,
      help: 'DN that the search is made as; empty: nobody.',
    }),
    lookup_dn_search_password: trait.secret({ default: '', nullable: true, help: 'Its password.' }),
    lookup_dn_user_dn_attribute: trait.str({
      default: '',
      nullable: true,
      help: 'Attribute that is the name of the user in the hub with use_lookup_dn_username, and {username} of bind_dn_template.',
    }),
    use_lookup_dn_username: trait.bool({
      default: true,
      help: 'Takes the name of the user from lookup_dn_user_dn_attribute, if that is set, instead of what was typed.',
    }),
    search_filter: trait.str({
      default: '',
      help: 'Filter below user_search_base that must find exactly one entry; {userattr} is user_attribute, {username} the name.',
    }),
    attributes: trait.list(kind.str, { default: [], help: 'Attributes that this search asks for.' }),
    allowed_groups: trait.list(kind.str, {
      default: [],
      nullable: true,
      help: 'DNs of groups whose members may log in.',
    }),
    admin_groups: trait.list(kind.str, { default: [], help: 'DNs of groups whose members are administrators.' }),
    group_search_filter: trait.str({
      default: '(|(member={userdn})(uniqueMember={userdn})(memberUid={uid}))',
      help: 'Filter that a group must match for {userdn}, or {uid}, to be a member.',
    }),
    group_search_base: trait.str({
      default: '',
      help: 'Below which entries groups are searched, whose names (cn) become groups of the hub with manage_groups.',
    }),
    group_attributes: trait.list(kind.str, {
      default: ['member', 'uniqueMember', 'memberUid'],
      help: 'Attributes of groups that are asked for.',
    }),
    valid_username_regex: trait.str({
      default: '^[a-z][.a-z0-9_-]*$',
      help: 'What names must look like; others are refused without asking.',
    }),
    auth_state_attributes: trait.list(kind.str, { default: [], help: 'Attributes to keep in the auth state.' }),
    operation_timeout: trait.int({
      default: 10,
      unit: 's',
      help: 'How long to wait for each answer of the directory.',
      validate: (seconds) => (seconds >= 1 ? undefined : 'At least a second is needed.'),
    }),
    use_ssl: trait.bool({
      default: false,
      help: 'Former option of TLS.',
      deprecated: {
        since: '2.0',
        use: 'tls_strategy',
        apply: (value) => ({ tls_strategy: value === true ? 'on_connect' : 'before_bind' }),
      },
    }),
    escape_userdn: trait.bool({
      default: false,
      help: 'Without effect: DNs are always escaped.',
      deprecated: { since: '2.0', note: 'DNs are always escaped' },
    }),
  },
})

export type LdapConfig = ValuesOf<typeof ldapConfigurable>
