import type { Browser, Page } from '@hub/testkit'
import { tokenFor, type Side } from '../two-hubs.js'
import { record, type Scenario } from './common.js'

const client = 'service-external'
const redirectUri = 'https://external.example/cb'
const secret = 'external-token-0123456789'
const verifier = 'v'.repeat(43)
/** SHA-256 of the verifier, as PKCE writes it. */
const challenge = '7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM'

const authorizePath = (fields: Readonly<Record<string, string>>): string =>
  `/hub/api/oauth2/authorize?${new URLSearchParams({ response_type: 'code', client_id: client, redirect_uri: redirectUri, ...fields }).toString()}`

/** Goes through the page that asks for consent, as a person does who agrees. */
async function agree(
  on: Side,
  browser: Browser,
  fields: Readonly<Record<string, string>>,
  say: string,
): Promise<string> {
  let page = await browser.get(authorizePath(fields), { follow: false })
  record(on, `authorize ${say}`, page)
  if (page.status === 200) {
    const form = page.formWith('scopes')
    const scopes = form.fields.filter(([name]) => name === 'scopes').map(([, scope]) => scope)
    record(on, `asked for ${say}: ${scopes.sort().join(' ')}`, page)
    page = await browser.submit(page, form, {}, { follow: false })
    record(on, `agreed ${say}`, page)
  }
  return new URL(page.location ?? '', on.origin).searchParams.get('code') ?? ''
}

const exchange = (on: Side, fields: Readonly<Record<string, string>>): Promise<Page> =>
  on.ask('POST', '/oauth2/token', {
    as: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client,
      client_secret: secret,
      redirect_uri: redirectUri,
      ...fields,
    }).toString(),
  })

async function lookAt(on: Side, say: string, answered: Page): Promise<string> {
  record(on, `token ${say}`, answered)
  if (answered.status !== 200) return ''
  const { access_token: token } = answered.json<{ access_token: string }>()
  for (const path of ['/user', '/users/fay', '/users', '/users/fay/tokens'])
    record(on, `GET ${path} ${say}`, await on.ask('GET', path, { as: token }))
  return token
}

/** Whole flows: what is asked for, what the token can do, and what becomes of it. */
export const oauthFlows: Scenario = async (on) => {
  await on.ask('POST', '/users/fay')
  await on.ask('POST', '/groups/empty/users', { body: { users: ['fay'] } })
  const fay = await on.loggedIn('fay')
  for (const scope of [
    undefined,
    'identify',
    'access:services!service=external',
    'read:users!user',
    'read:users:name!user',
    'self',
    'user',
    'read:users:activity!user',
    'self read:users!user',
    'server',
    'read:servers!user',
    'servers!user',
    'custom:thing',
    'inherit',
    'token',
    'read:users!user=fay',
    'read:users!user=ada',
    'read:users!group=team',
    'access:servers!user',
    'access:services',
    'tokens!user',
    '(no_scope)',
  ]) {
    const say = `for ${scope ?? 'nothing said'}`
    const code = await agree(on, fay, scope === undefined ? {} : { scope }, say)
    if (code !== '') await lookAt(on, say, await exchange(on, { code }))
  }
  record(on, 'tokens of fay', await on.ask('GET', '/users/fay/tokens'))
}

/** Codes that are stolen, used twice, or bent; in the order in which both hubs look at them. */
export const misusedCodes: Scenario = async (on) => {
  const fay = await on.loggedIn('fay')
  const code = (fields: Readonly<Record<string, string>>, say: string) =>
    agree(on, fay, { scope: 'identify', ...fields }, say)
  const plain = await code({}, 'for misuse')
  for (const [say, fields] of Object.entries({
    'by another client': { code: plain, client_id: 'service-other', client_secret: tokenFor('nothing') },
    'with the secret of another': { code: plain, client_secret: tokenFor('nothing') },
    'to another address': { code: plain, redirect_uri: 'https://external.example/cb/../evil' },
    'to no address': { code: `${plain}x`, redirect_uri: '' },
    'without the end': { code: plain.slice(0, -1) },
    'in capitals': { code: plain.toUpperCase() },
    'with a verifier that nobody asked for': { code: plain, code_verifier: verifier },
    'a second time': { code: plain },
  }))
    record(on, `exchange ${say}`, await exchange(on, fields))
  for (const method of ['S256', 'plain']) {
    const bound = await code(
      { code_challenge: method === 'S256' ? challenge : verifier, code_challenge_method: method },
      `with ${method}`,
    )
    for (const [say, fields] of Object.entries({
      'without verifier': {},
      'with an empty verifier': { code_verifier: '' },
      'with the challenge for verifier': { code_verifier: challenge },
      'with a wrong verifier': { code_verifier: 'w'.repeat(43) },
      'with the right verifier': { code_verifier: verifier },
      'with the right verifier again': { code_verifier: verifier },
    }))
      record(on, `exchange ${method} ${say}`, await exchange(on, { code: bound, ...fields }))
  }
}

/** Tokens of one flow end with the session, or with any of them. */
export const endedSessions: Scenario = async (on) => {
  const fay = await on.loggedIn('fay')
  const tokens: string[] = []
  for (const say of ['first', 'second']) {
    const answered = await exchange(on, { code: await agree(on, fay, { scope: 'identify' }, say) })
    tokens.push(await lookAt(on, say, answered))
  }
  const own = await on.tokenOf('fay')
  record(on, 'logout', await fay.get('/hub/logout', { follow: false }))
  for (const token of [...tokens, own])
    record(on, 'whoami after the logout', await on.ask('GET', '/user', { as: token }))
  record(on, 'tokens after the logout', await on.ask('GET', '/users/fay/tokens'))
}
