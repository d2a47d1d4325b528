import { expect, test } from 'vitest'
import { checkOptions, optionsFieldsHtml, readOptionsFields, readOptionsForm } from './options-fields.js'

const fields = readOptionsFields([
  { name: 'image', label: 'Image', choices: ['minimal', { value: 'gpu', label: 'With <GPU>' }] },
  { name: 'size', type: 'radio', label: 'Size', choices: [{ value: 's', description: 'small' }, 'l'], default: 'l' },
  { name: 'memory', type: 'number', label: 'Memory', unit: 'GB', min: 0.5, max: 8, step: 0.5, required: true },
  { name: 'branch', type: 'text', label: 'Branch', pattern: '[a-z]+', max_length: 5 },
  { name: 'debug', type: 'checkbox', label: 'Debug' },
])

test('a form becomes options of the right kinds', () => {
  const form = { image: ['gpu'], size: ['s'], memory: ['1.5'], branch: [''], debug: ['on'], _other: ['x'] }
  expect(readOptionsForm(fields, form)).toEqual({ image: 'gpu', size: 's', memory: 1.5, debug: true })
  expect(readOptionsForm(fields, { memory: ['2'] })).toEqual({ memory: 2, debug: false })
})

test.each([
  [{ memory: ['0'] }, 'Memory: must be at least 0.5 GB.'],
  [{ memory: ['9'] }, 'Memory: must be at most 8 GB.'],
  [{ memory: ['1.3'] }, 'Memory: must go by steps of 0.5.'],
  [{ memory: ['much'] }, 'Memory: must be a number.'],
  [{}, 'Memory: please give a value.'],
  [{ memory: ['1'], image: ['other'] }, 'Image: choose one of the list.'],
  [{ memory: ['1'], branch: ['ab1'] }, 'Branch: is not of the form asked for.'],
  [{ memory: ['1'], branch: ['abcdef'] }, 'Branch: may have 5 characters at most.'],
])('%j is refused', (form, message) => {
  expect(() => readOptionsForm(fields, form)).toThrow(message)
})

test('options that leave the form out are held to the same', () => {
  expect(() => checkOptions(fields, { memory: 64 })).toThrow('Memory: must be at most 8 GB.')
  expect(() => checkOptions(fields, { memory: '1' })).toThrow('Memory: must be a number.')
  expect(() => checkOptions(fields, { memory: 1, cmd: 'rm' })).toThrow('There is no option cmd.')
  checkOptions(fields, { memory: 1 })
})

test('the form shows what was chosen the last time, where that still stands, and escapes what is text', () => {
  const html = optionsFieldsHtml(fields, { image: 'gpu', size: 'gone', memory: 2, branch: '"><b' })
  expect(html).toContain('<option value="gpu" selected>With &lt;GPU&gt;</option>')
  expect(html).toContain('<input type="radio" name="size" value="l" checked>')
  expect(html).toContain(
    'type="number" id="option-memory" name="memory" class="form-control" value="2" min="0.5" max="8" step="0.5" required',
  )
  expect(html).not.toContain('<b')
})

test.each([
  [['x'], 'options_fields[0] must be an object'],
  [[{ name: 'a b' }], 'options_fields[0].name'],
  [[{ name: 'a' }, { name: 'a' }], 'two fields a'],
  [[{ name: 'a', type: 'colour' }], 'options_fields[0].type'],
  [[{ name: 'a', type: 'radio' }], 'options_fields[0].choices'],
])('a description that cannot be: %j', (value, message) => {
  expect(() => readOptionsFields(value)).toThrow(message)
})
