import { valuesWith } from '@hub/config'
import {
  DummyAuthenticator,
  dummyConfigurable,
  FakeAuthenticator,
  FakePeople,
  NullAuthenticator,
  nullConfigurable,
  SharedPasswordAuthenticator,
  sharedPasswordConfigurable,
} from '../src/index.js'
import { authenticatorConfigurable } from '../src/authenticator-config.js'
import { describeAuthenticator } from '../src/suite.js'

const [userPassword, adminPassword] = ['password-of-all', 'password-of-administrators-only-x']

describeAuthenticator('FakeAuthenticator', () => ({
  create: (context, options) =>
    new FakeAuthenticator(
      { ...context, config: valuesWith(authenticatorConfigurable, options) },
      new FakePeople().add('ada', 'lovelace'),
    ),
  goodLogin: { form: { username: 'Ada', password: 'lovelace' }, name: 'ada' },
  badLogin: { username: 'ada', password: 'byron-the-father' },
}))

describeAuthenticator('DummyAuthenticator', () => ({
  create: (context, options) => new DummyAuthenticator({ ...context, config: valuesWith(dummyConfigurable, options) }),
  goodLogin: { form: { username: 'Ada', password: 'anything goes' }, name: 'ada' },
}))

describeAuthenticator('DummyAuthenticator with a password', () => ({
  create: (context, options) =>
    new DummyAuthenticator({
      ...context,
      config: valuesWith(dummyConfigurable, { ...options, password: 'sesame-open' }),
    }),
  goodLogin: { form: { username: 'Ada', password: 'sesame-open' }, name: 'ada' },
  badLogin: { username: 'ada', password: 'sesame-shut' },
}))

describeAuthenticator('SharedPasswordAuthenticator', () => ({
  create: (context, options) => {
    const passwords = { user_password: userPassword, admin_password: adminPassword }
    return new SharedPasswordAuthenticator({
      ...context,
      config: valuesWith(sharedPasswordConfigurable, { ...options, ...passwords }),
    })
  },
  goodLogin: { form: { username: 'Ada', password: userPassword }, name: 'ada' },
  badLogin: { username: 'ada', password: adminPassword },
}))

describeAuthenticator('NullAuthenticator', () => ({
  create: (context, options) => new NullAuthenticator({ ...context, config: valuesWith(nullConfigurable, options) }),
  badLogin: { username: 'ada', password: 'whatever it is' },
}))
