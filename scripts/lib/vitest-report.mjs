/**
 * @typedef {{
 *   name: string,
 *   status: string,
 *   message?: string,
 *   assertionResults: { fullName: string, status: string, failureMessages?: string[] | null }[],
 * }} SuiteReport
 * @typedef {{ testResults: SuiteReport[] }} Report - the part of vitest's JSON report that is read
 * @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Counts
 */

/**
 * Counts single tests. A file that could not be run at all has no tests in the report, and is counted as one failure.
 *
 * @param {Report} report
 * @param {string} root - cut off the names of files
 * @returns {Counts}
 */
export function countTests(report, root) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: /** @type {string[]} */ ([]) }
  for (const suite of report.testResults) {
    const file = suite.name.startsWith(`${root}/`) ? suite.name.slice(root.length + 1) : suite.name
    let failedHere = 0
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') counts.passed++
      else if (test.status === 'failed') {
        failedHere++
        counts.failures.push(`${file}: ${test.fullName}`)
      } else counts.skipped++
    }
    // A hook outside of the tests can fail the file although each of its tests passed.
    if (suite.status === 'failed' && failedHere === 0) {
      failedHere = 1
      counts.failures.push(`${file}: ${(suite.message ?? 'the file could not be run').split('\n')[0]}`)
    }
    counts.failed += failedHere
  }
  return counts
}

/**
 * The last line of a run, which machines read.
 *
 * @param {{ passed: number, failed: number, skipped: number }} counts
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
