import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { apiReports } from './api-reports.mjs'
import { findErrorCodes } from './error-codes.mjs'
import { errorReference, explanationProblems } from './error-reference.mjs'

/** Where the explanations of error codes are written by hand. */
const EXPLANATIONS_FILE = 'docs/reference/errors.source.yaml'

/**
 * What is made from the code: pages by their path, what is wrong with what they are made from, and every `Class.option`
 * there is, for checking what other pages say.
 *
 * @typedef {{ pages: ReadonlyMap<string, string>, problems: readonly string[], settings: ReadonlySet<string> }} Reference
 */

/**
 * @param {string} root - of a checkout that has been built
 * @returns {Promise<Reference>}
 */
export async function referencePages(root) {
  /** @type {typeof import('@hub/hub')} */
  const { hubClasses, wireVersion } = await builtPackage(root, 'hub')
  /** @type {typeof import('configurable-http-proxy')} */
  const { proxyReference } = await builtPackage(root, 'configurable-http-proxy')
  /** @type {typeof import('@hub/sudospawner-helper')} */
  const { sudospawnerHelper } = await builtPackage(root, 'sudospawner-helper')
  /** @type {typeof import('../../packages/config/src/index.js')} */
  const { settingsReference } = await builtPackage(root, 'config')
  /** @type {typeof import('../../packages/api/src/index.js')} */
  const { scopeReference, restReference, openApiDocument } = await builtPackage(root, 'api')

  const classes = [...hubClasses, sudospawnerHelper]
  const { codes, unreadable } = findErrorCodes(root)
  const explanations = readYaml(root, EXPLANATIONS_FILE)
  const pages = new Map([
    ['docs/reference/settings.md', settingsReference(classes)],
    ['docs/reference/scopes.md', scopeReference()],
    ['docs/reference/rest.md', restReference()],
    ['docs/reference/openapi.json', `${JSON.stringify(openApiDocument({ version: wireVersion }), null, 2)}\n`],
    ['docs/reference/proxy.md', proxyPage(proxyReference())],
    ['docs/reference/errors.md', errorReference(codes, explanations)],
    ...apiReports(root),
  ])
  const problems = [
    ...unreadable.map((place) => `${place}: write the code of an error as a literal, so that it can be found`),
    ...explanationProblems(codes, explanations, EXPLANATIONS_FILE),
  ]
  const settings = classes.flatMap(({ name, traits, removed }) =>
    [...Object.keys(traits), ...Object.keys(removed)].map((option) => `${name}.${option}`),
  )
  return { pages, problems, settings: new Set(settings) }
}

/**
 * @param {string} root
 * @param {string} name - of a folder below `packages`
 */
function builtPackage(root, name) {
  return import(pathToFileURL(join(root, 'packages', name, 'dist/index.js')).href)
}

/**
 * @param {string} root
 * @param {string} path
 */
function readYaml(root, path) {
  // The reader that configuration files are read with.
  const { parse } = createRequire(join(root, 'packages/config/package.json'))('yaml')
  return parse(readFileSync(join(root, path), 'utf8')) ?? {}
}

/** @param {string} sections - what the code tells of the proxy */
function proxyPage(sections) {
  return `# configurable-http-proxy

Everything the command \`configurable-http-proxy\` takes, answers and says. How to run it: [the proxy
alone](../how-to/run-the-proxy-alone.md), [beside a hub](../how-to/run-the-proxy-separately.md), [several as
one](../how-to/several-proxies.md).

${sections.trimEnd()}
`
}
