import { ServerResponse, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { PagePolicy } from './page-policy.js'

const stock = { isCustomised: false, isConfigured: false, templateVars: {} }

function policyOf(settings: Partial<ConstructorParameters<typeof PagePolicy>[0]>, variables = {}): unknown {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  response.setHeader('Content-Security-Policy', "frame-ancestors 'none'")
  const policy = new PagePolicy({ ...stock, ...settings })
  policy.apply(response, variables)
  policy.apply(response, variables)
  return response.getHeader('Content-Security-Policy')
}

const strict = "frame-ancestors 'none'; default-src 'self'; img-src * data:; object-src 'none'; base-uri 'self'"

test('stock pages run the hub’s own files only, harmless HTML of the configuration included', () => {
  expect(policyOf({})).toBe(strict)
  expect(policyOf({ templateVars: { announcement: '<b>hi</b> <a href="/x">there</a>', n: 3 } })).toBe(strict)
  expect(policyOf({}, { spawner_options_form: '<label>Size <input name="size"></label>' })).toBe(strict)
})

test('what a page says of users and requests never loosens it', () => {
  expect(policyOf({}, { message: '<script>alert(1)</script>', error_message: ' onload=alert(1)' })).toBe(strict)
})

test('scripts that the administrator brings are meant to work', () => {
  const loose = "frame-ancestors 'none'"
  expect(policyOf({ isCustomised: true })).toBe(loose)
  expect(policyOf({ isConfigured: true })).toBe(loose)
  expect(policyOf({ templateVars: { announcement: '<SCRIPT src=x></SCRIPT>' } })).toBe(loose)
  expect(policyOf({ templateVars: { announcement: () => 'anything' } })).toBe(loose)
  expect(policyOf({}, { spawner_options_form: '<select onchange="f()"></select>' })).toBe(loose)
  expect(policyOf({}, { custom_html: '<p style="color: red">' })).toBe(loose)
})
