import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'

/** What plug-ins are written against: a change of it has to be seen by whoever reviews it. */
const PLUGIN_PACKAGES = ['authenticator', 'spawner']

/**
 * All that the packages for plug-ins export, one page for each of their entries. `npm run docs` writes them; with --check a
 * page that is not as the code has it is an error.
 *
 * @param {string} root - of a checkout that has been built
 * @returns {Map<string, string>} pages by their path
 */
export function apiReports(root) {
  const folder = mkdtempSync(join(tmpdir(), 'api-reports-'))
  try {
    return new Map(PLUGIN_PACKAGES.flatMap((name) => reportsOf(join(root, 'packages', name), name, folder)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * @param {string} projectFolder
 * @param {string} name
 * @param {string} folder - for what the tool writes
 * @returns {[path: string, text: string][]}
 */
function reportsOf(projectFolder, name, folder) {
  const configs = entriesOf(projectFolder).map(({ entry, types }) => {
    const reportName = [name, ...entry.split('/').slice(1)].join('-')
    return { reportName, config: extractorConfig({ projectFolder, types, reportName, folder }) }
  })
  const [first, ...others] = configs.map(({ config }) => config)
  if (first === undefined) return []
  // One reading of the declarations serves all entries.
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  })
  return configs.map(({ reportName, config }) => {
    Extractor.invoke(config, {
      localBuild: true,
      compilerState,
      messageCallback: (message) => {
        // That there is a new report is what `npm run docs` says itself.
        if (message.logLevel !== 'error') message.handled = true
      },
    })
    return [`docs/reference/api/${reportName}.api.md`, readFileSync(join(folder, `${reportName}.api.md`), 'utf8')]
  })
}

/** @param {string} projectFolder */
function entriesOf(projectFolder) {
  /** @type {{ exports: Record<string, { types: string }> }} */
  const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'))
  return Object.entries(exports).map(([entry, { types }]) => ({ entry, types: join(projectFolder, types) }))
}

/** @param {{ projectFolder: string, types: string, reportName: string, folder: string }} of */
function extractorConfig({ projectFolder, types, reportName, folder }) {
  const compilerOptions = {
    target: 'ES2023',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    types: ['node'],
  }
  const silent = { logLevel: ExtractorLogLevel.None }
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: { compilerOptions: { ...compilerOptions, skipLibCheck: true }, files: [types] },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${reportName}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(folder, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // The report tells what there is. Types of one entry stand in another's signatures, and no entry has release tags.
        extractorMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
    configObjectFullPath: join(projectFolder, 'package.json'),
    packageJsonFullPath: join(projectFolder, 'package.json'),
  })
}
