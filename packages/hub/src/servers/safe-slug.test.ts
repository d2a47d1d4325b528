import { expect, test } from 'vitest'
import { isValidServerName } from './server-name.js'
import { hashedSlug, safeSlug } from './safe-slug.js'

test.each([
  ['z9', 'z9', 'z9'],
  ['jupyter-alex', 'jupyter-alex-651dec0a', 'jupyter-alex'],
  ['user@email.com', 'user-email-com-0925f997', 'user-email-com'],
  ['üser-🐧½', 'user-1-2-f3e0bac6', 'user-1-2'],
  ['9z9', 'x-9z9-224de202', 'x-9z9'],
  ['endswith-', 'endswith-165f1166', 'endswith'],
  ['x'.repeat(31), 'xxxxxxxxxxxxxxxxxxxxx-0f46e4b0', 'x'.repeat(30)],
  ['1234567890'.repeat(3), 'x-1234567890123456789-f54e5c8f', 'x-1234567890123456789012345678'],
  ['', 'x-e3b0c442', 'x'],
  ['🐧', expect.stringMatching(/^x-[0-9a-f]{8}$/) as string, 'x'],
])('%s', (text, hashed, plain) => {
  expect(hashedSlug(text)).toEqual(hashed)
  expect(safeSlug(text)).toBe(plain)
  expect(isValidServerName(hashedSlug(text))).toBe(true)
  expect(isValidServerName(plain)).toBe(true)
})
