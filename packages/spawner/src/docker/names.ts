import { createHash } from 'node:crypto'
import { SpawnError } from '../spawn-error.js'
import type { Spawner } from '../spawner.js'
import type { DockerConfig } from './docker-config.js'

/** Names of volumes are those of folders, which have 255 characters at most, and more than the name may be in them. */
const LONGEST = 180

/** Letters and digits stand; every other byte is `_` and its number, so that no two names become one. */
export function escapeName(name: string): string {
  const escaped = Array.from(Buffer.from(name), (byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`
  }).join('')
  if (escaped.length <= LONGEST) return escaped
  // Two of them stand in no other name.
  return `${escaped.slice(0, LONGEST - 18)}__${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

export type Namespace = Readonly<Record<string, string>>

/** What templates of this spawner may name. */
export function namespaceOf(spawner: Spawner, { prefix, escape }: DockerConfig, image: string): Namespace {
  const escaped = typeof escape === 'function' ? escape : escapeName
  return {
    username: escaped(spawner.user.name),
    raw_username: spawner.user.name,
    servername: escaped(spawner.serverName),
    imagename: escapeName(image),
    prefix,
  }
}

/** @throws SpawnError for a name that templates do not have */
export function fill(option: string, template: string, namespace: Namespace): string {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (match, name?: string) => {
    if (name === undefined) return match.charAt(0)
    const value = Object.hasOwn(namespace, name) ? namespace[name] : undefined
    if (value !== undefined) return value
    throw new SpawnError({
      reason: 'bad_template',
      statusCode: 500,
      message: 'The server could not be started because of a mistake in its configuration. Tell your administrator.',
      logMessage: `DockerSpawner.${option} names {${name}}; it may name ${Object.keys(namespace).join(', ')}.`,
    })
  })
}

/** The container of a server. */
export function containerName(spawner: Spawner, config: DockerConfig, image: string): string {
  const { name_template: template } = config
  const named = spawner.serverName === '' || template.includes('{servername}') ? template : `${template}--{servername}`
  return fill('name_template', named, namespaceOf(spawner, config, image))
}
