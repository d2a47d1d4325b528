import { expect, test } from 'vitest'
import { formsOf } from './html-form.js'

test('a form is read with its hidden fields, unescaped', () => {
  const [form] = formsOf(`<form action="/hub/login?next=%2Fa&amp;b=1" method='POST'>
    <input type="hidden" name="_xsrf" value="a&#x2F;b&#39;&quot;">
    <input name=username><input type=checkbox name=c value=1><input type="hidden" name="scopes" value="s1" />
    <input type="hidden" name="scopes" value="s2" /><input disabled name="d" value="x"><input type="submit" name="go"></form>`)
  expect(form).toEqual({
    action: '/hub/login?next=%2Fa&b=1',
    method: 'post',
    fields: [
      ['_xsrf', `a/b'"`],
      ['username', ''],
      ['scopes', 's1'],
      ['scopes', 's2'],
    ],
  })
})
