const browsers: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdgA?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\bFirefox\/(\d+)/, 'Firefox'],
  [/\bHeadlessChrome\/(\d+)/, 'Chromium'],
  [/\bChrome\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+).*\bSafari\//, 'Safari'],
]

const systems: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\biPhone|iPad\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** `Firefox 140, Linux`: what a browser calls itself, as its owner would. */
export function browserName(agent: string): string {
  const browser = browsers.map(([pattern, name]) => named(agent, pattern, name)).find((name) => name !== undefined)
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1]
  return [browser, system].filter((part) => part !== undefined).join(', ') || agent.slice(0, 60)
}

function named(agent: string, pattern: RegExp, name: string): string | undefined {
  const match = pattern.exec(agent)
  return match === null ? undefined : `${name} ${match[1] ?? ''}`.trim()
}
