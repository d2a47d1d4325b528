import type { JsonObject, JsonValue } from '@hub/api'
import type { SpawnForm } from './contract.js'
import { checkOptions, type OptionsField, readOptionsFields, readOptionsForm } from './options-fields.js'
import { setOption } from './set-option.js'
import { SpawnError } from './spawn-error.js'
import type { Spawner } from './spawner.js'

/** The `user_options` that a submitted form stands for, as `options_from_form` says. */
export async function optionsFromForm(spawner: Spawner, form: SpawnForm): Promise<JsonObject> {
  const fields = optionsFieldsOf(spawner)
  if (fields.length > 0) return readOptionsForm(fields, form)
  const convert = spawner.config.options_from_form
  if (convert === 'simple') return simpleForm(form)
  // Stored as JSON: files turn into what their toJSON gives, which only a function can do better.
  // The kinds of value in a form are those of JSON, files aside.
  if (convert === 'passthrough') return form as unknown as JsonObject
  const options = (await convert(form, spawner)) ?? {}
  if (typeof options === 'object' && !Array.isArray(options)) return options as JsonObject
  throw new TypeError('Spawner.options_from_form must return an object.')
}

/** The fields that the form is made of; none where it is HTML of the administrator's own. */
export function optionsFieldsOf(spawner: Spawner): readonly OptionsField[] {
  const { options_form: html, options_fields: fields } = spawner.config
  return html === '' ? readOptionsFields(fields) : []
}

/** Lists of one taken apart, a lone `on` (a ticked box without a value) turned into true. */
function simpleForm(form: SpawnForm): JsonObject {
  const simple = (values: SpawnForm[string]): JsonValue => {
    const [first] = values
    if (values.length !== 1 || first === undefined) return values as unknown as JsonValue
    return first === 'on' ? true : (first as JsonValue)
  }
  return Object.fromEntries(Object.entries(form).map(([name, values]) => [name, simple(values)]))
}

/**
 * Takes the user's choices over, as `apply_user_options` says.
 *
 * @throws SpawnError 400 when they are refused
 */
export async function applyUserOptions(spawner: Spawner, options: JsonObject): Promise<void> {
  const fields = optionsFieldsOf(spawner)
  if (fields.length > 0) checkOptions(fields, options)
  const apply = spawner.config.apply_user_options
  const names = Object.keys(options)
  if (apply === null) {
    if (names.length > 0)
      spawner.log.warn('user options are not applied: Spawner.apply_user_options is not set', { names })
    return
  }
  try {
    if (typeof apply === 'function') await apply(spawner, options)
    else for (const name of names) applyOne(spawner, apply, name, options[name])
  } catch (error) {
    // With a status of its own it is meant to be seen.
    if (error instanceof Error && 'status' in error) throw error
    throw new SpawnError({ reason: 'invalid_user_options', message: 'Invalid user options', cause: error })
  }
}

function applyOne(spawner: Spawner, mapping: Readonly<Record<string, string>>, name: string, value: unknown): void {
  const option = Object.hasOwn(mapping, name) ? mapping[name] : undefined
  if (option === undefined) spawner.log.warn('unknown user option', { name })
  else if (!setOption(spawner, option, value, 'text or value')) {
    spawner.log.error('Spawner.apply_user_options names an option that the spawner does not have', { name, option })
  }
}
