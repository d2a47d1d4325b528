import { describe, expect, test } from 'vitest'
import { environmentFile } from './environment-file.js'
import { expand } from './expand.js'
import { runtimeDirectory, unitName } from './unit-name.js'

const names = (USERNAME: string, SERVERNAME = '') => ({ USERNAME, USERID: '7', SERVERNAME })
const unit = 'jupyter-{USERNAME}-singleuser'

describe('the name of a unit', () => {
  test('has what the template names', () => {
    expect(unitName('lab-{USERNAME}.{USERID}', names('ada'))).toBe('lab-ada.7')
    expect(unitName('{USERNAME}-{SERVERNAME}', names('ada', 'x'))).toBe('ada-x')
  })

  test('of a named server is never that of another user', () => {
    expect(unitName('jupyter-{USERNAME}', names('ada', 'x'))).toBe('jupyter-ada:x')
    expect(unitName('jupyter-{USERNAME}', names('ada-x'))).toBe('jupyter-ada-x')
  })

  test('is escaped: a user is no other unit, no template and no path', () => {
    expect(unitName(unit, names('a b/ü'))).toBe('jupyter-a\\x20b\\x2f\\xc3\\xbc-singleuser')
    expect(unitName('{USERNAME}', names('.ada'))).toBe('\\x2eada')
  })

  test('of a user with a colon is not that of a named server', () => {
    expect(unitName('jupyter-{USERNAME}', names('ada:x'))).toBe('jupyter-ada\\x3ax')
  })

  test('is never too long, and long ones differ', () => {
    const [one, other] = [unitName(unit, names('a'.repeat(300))), unitName(unit, names(`${'a'.repeat(299)}b`))]
    expect(one?.length).toBeLessThanOrEqual(240)
    expect(one).not.toBe(other)
  })

  test('makes a directory of its own below /run', () => {
    expect(runtimeDirectory('jupyter-ada')).toBe('jupyter-ada')
    expect(runtimeDirectory('jupyter-ada:x')).toBe('jupyter-ada=3ax')
    expect(runtimeDirectory('..')).toBe('=2e.')
  })
})

test('a line of the environment holds whatever the value is', () => {
  expect(environmentFile({ B: 'x', A: 'a "b" $c `d` \\ e\nf' })).toBe('A="a \\"b\\" \\$c \\`d\\` \\\\ e\nf"\nB="x"\n')
})

test('braces that name nothing stay: arguments may be JSON', () => {
  expect(expand('--x={"a":{USERID}} {USERNAME}', names('ada'))).toBe('--x={"a":7} ada')
})
