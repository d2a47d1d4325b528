import { SpawnError } from './spawn-error.js'
import type { Spawner } from './spawner.js'

/** Fills the names of {@link Spawner.templateNamespace} into `{name}`; `{{` and `}}` stand for braces. */
export function fillTemplate(option: string, template: string, spawner: Spawner): string {
  const namespace = spawner.templateNamespace()
  return withoutPercentU(option, template, spawner).replace(/\{\{|\}\}|\{([^{}]*)\}/g, (match, name?: string) => {
    if (name === undefined) return match.charAt(0)
    if (!Object.hasOwn(namespace, name)) {
      throw new SpawnError({
        reason: 'bad_template',
        statusCode: 500,
        message: 'The server could not be started because of a mistake in its configuration. Tell your administrator.',
        logMessage: `Spawner.${option} names {${name}}; it may name ${Object.keys(namespace).join(', ')}. Write {{ for a brace.`,
      })
    }
    return namespace[name] ?? ''
  })
}

/** JupyterHub 0.7 and earlier wrote the name of the user as `%U`. */
function withoutPercentU(option: string, template: string, spawner: Spawner): string {
  if (!template.includes('%U')) return template
  spawner.log.warn('%U is deprecated, write {username}', { option: `Spawner.${option}`, value: template })
  return template.replaceAll('%U', '{username}')
}
