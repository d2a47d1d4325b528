import { holder, nobody, type Scenario } from './common.js'

export const oauthTokens: Scenario = async (on) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const fields of [
    '',
    'grant_type=password',
    'grant_type=authorization_code',
    'grant_type=authorization_code&code=x',
    'grant_type=authorization_code&code=x&client_id=nosuch&client_secret=y',
    'grant_type=authorization_code&code=x&client_id=service-external&client_secret=wrong',
    'grant_type=authorization_code&code=x&client_id=service-external&client_secret=external-token-0123456789',
    'grant_type=authorization_code&code=x&client_id=service-external',
    'grant_type=authorization_code&client_id=service-external&client_secret=external-token-0123456789',
    'grant_type=authorization_code&code=x&client_id=jupyterhub&client_secret=',
    'grant_type=authorization_code&code=x&code=y&client_id=service-external&client_secret=external-token-0123456789',
    'grant_type=client_credentials&client_id=service-external&client_secret=external-token-0123456789',
    'grant_type=refresh_token&refresh_token=x',
  ]) {
    await on.call('POST', '/oauth2/token', { ...nobody, headers: form, body: fields })
    await on.call('POST', '/oauth2/token', { ...holder('nothing'), headers: form, body: fields })
  }
  await on.call('POST', '/oauth2/token', {
    ...nobody,
    headers: { ...form, origin: 'https://elsewhere.example' },
    body: 'grant_type=authorization_code',
  })
  await on.call('POST', '/oauth2/token', {
    ...nobody,
    headers: {
      ...form,
      authorization: `Basic ${Buffer.from('service-external:external-token-0123456789').toString('base64')}`,
    },
    body: 'grant_type=authorization_code&code=x',
  })
  await on.call('POST', '/oauth2/token', { ...nobody, body: { grant_type: 'authorization_code' } })
}

export const authorizing: Scenario = async (on) => {
  const browser = await on.loggedIn('boss')
  const visit = async (query: string, who = browser): Promise<void> => {
    const page = await who.get(`/hub/api/oauth2/authorize?${query}`, { follow: false })
    on.record(`authorize ${query}`, {}, page)
  }
  const base = 'response_type=code&client_id=service-external&redirect_uri=https://external.example/cb'
  for (const query of [
    '',
    'client_id=nosuch',
    'client_id=jupyterhub&response_type=code',
    'client_id=service-external',
    'client_id=service-external&client_id=service-external',
    'client_id=service-external&response_type=code',
    `${base}&redirect_uri=x`,
    'response_type=code&client_id=service-external&redirect_uri=/noexist',
    'response_type=code&client_id=service-external&redirect_uri=nonsense',
    'response_type=code&client_id=service-external&redirect_uri=',
    'response_type=token&client_id=service-external&redirect_uri=https://external.example/cb',
    'client_id=service-external&redirect_uri=https://external.example/cb&state=s%20s',
    `${base}&state=abc`,
    `${base}&scope=nosuch`,
    `${base}&scope=identify`,
    `${base}&scope=identify&state=x`,
    `${base}&scope=shutdown`,
    `${base}&scope=admin`,
    `${base}&scope=user`,
    `${base}&scope=read:users!user`,
    `${base}&scope=read:users%20nosuch`,
    `${base}&code_challenge=x&code_challenge_method=S256`,
    `${base}&code_challenge=x&code_challenge_method=nosuch`,
    `${base}&code_challenge_method=nosuch`,
    `${base}&code_challenge=x`,
    `${base}&scope=`,
    `${base}&scope=access:services!service=external`,
    `${base}&scope=access:services`,
    `${base}&state=a&state=b`,
    `${base}&scope=self&scope=self`,
  ])
    await visit(query)
  const ada = await on.loggedIn('ada')
  await visit(base, ada)
  await visit(`${base}&scope=nosuch`, ada)
  await on.call('GET', `/oauth2/authorize?${base}`)
  await on.call('POST', `/oauth2/authorize?${base}`)
  await on.call('POST', `/oauth2/authorize?${base}`, nobody)
}
