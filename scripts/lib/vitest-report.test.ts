import { expect, test } from 'vitest'
import { closingLine, countTests } from './vitest-report.mjs'

const suite = (status: string, ...tests: string[]) => ({
  name: '/repo/packages/x/a.test.ts',
  status,
  message: 'Cannot find module\nmore',
  assertionResults: tests.map((each, index) => ({ fullName: `rule ${index}`, status: each })),
})

test('single tests are counted, and failed ones named', () => {
  const counts = countTests({ testResults: [suite('failed', 'passed', 'failed', 'pending', 'todo')] }, '/repo')
  expect(counts).toEqual({ passed: 1, failed: 1, skipped: 2, failures: ['packages/x/a.test.ts: rule 1'] })
})

test('a file that could not be run is one failure', () => {
  const counts = countTests({ testResults: [suite('failed'), suite('passed', 'passed')] }, '/repo')
  expect(counts).toMatchObject({ passed: 1, failed: 1, failures: ['packages/x/a.test.ts: Cannot find module'] })
})

test('a failing hook fails a file whose tests all passed', () => {
  expect(countTests({ testResults: [suite('failed', 'passed')] }, '/repo')).toMatchObject({ passed: 1, failed: 1 })
})

test('the closing line names skipped tests only if there are some', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
})
