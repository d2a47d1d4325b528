import type { JsonObject, JsonValue } from '@hub/api'
import type { SpawnForm } from './contract.js'
import { SpawnError } from './spawn-error.js'

/** One choice of a select, or one card of a radio field; a text is its own label. */
export type OptionChoice = string | { readonly value: string; readonly label?: string; readonly description?: string }

/** A field of the form that `Spawner.options_fields` describes. */
export interface OptionsField {
  /** Key in `user_options`. */
  readonly name: string
  readonly type: 'select' | 'radio' | 'number' | 'text' | 'checkbox'
  readonly label: string
  readonly help?: string
  /** Of select and radio. */
  readonly choices?: readonly OptionChoice[]
  readonly default?: JsonValue
  readonly required?: boolean
  /** Of number. */
  readonly min?: number
  readonly max?: number
  readonly step?: number
  /** Shown behind a number: `GB`, `hours`. */
  readonly unit?: string
  /** Of text: the whole of it has to match, as in HTML. */
  readonly pattern?: string
  readonly max_length?: number
}

const types = ['select', 'radio', 'number', 'text', 'checkbox']

/** Reads the option. @throws Error that names the field and what is wrong with it */
export function readOptionsFields(value: readonly unknown[]): OptionsField[] {
  const names = new Set<string>()
  return value.map((raw, index) => {
    const where = `Spawner.options_fields[${index}]`
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Error(`${where} must be an object.`)
    const field = raw as Partial<OptionsField> // what counts of it is checked below
    if (typeof field.name !== 'string' || !/^[A-Za-z_][\w-]*$/.test(field.name))
      throw new Error(`${where}.name must be a word of letters, digits, - and _.`)
    if (names.has(field.name)) throw new Error(`${where}.name: there are two fields ${field.name}.`)
    names.add(field.name)
    const type = field.type ?? (field.choices === undefined ? 'text' : 'select')
    if (!types.includes(type)) throw new Error(`${where}.type must be one of ${types.join(', ')}.`)
    const isChoice = type === 'select' || type === 'radio'
    if (isChoice && (!Array.isArray(field.choices) || field.choices.length === 0))
      throw new Error(`${where}.choices must be a list of at least one choice.`)
    if (field.pattern !== undefined) new RegExp(field.pattern, 'v')
    return { ...field, name: field.name, type, label: field.label ?? field.name }
  })
}

/** The form's fields as HTML, with what was chosen the last time. */
export function optionsFieldsHtml(fields: readonly OptionsField[], remembered: JsonObject | null): string {
  return fields
    .map((field) => {
      const kept = remembered?.[field.name]
      const value = kept !== undefined && problemOf(field, kept) === undefined ? kept : field.default
      return fieldHtml(field, value)
    })
    .join('\n')
}

/** The options that a submitted form stands for. @throws {@link SpawnError} 400 that names the field */
export function readOptionsForm(fields: readonly OptionsField[], form: SpawnForm): JsonObject {
  const options: Record<string, JsonValue> = {}
  for (const field of fields) {
    const [submitted] = form[field.name] ?? []
    if (field.type === 'checkbox') options[field.name] = submitted !== undefined
    else if (typeof submitted === 'string' && submitted !== '')
      options[field.name] = field.type === 'number' ? Number(submitted) : submitted
  }
  checkOptions(fields, options)
  return options
}

/**
 * Checks options wherever they come from: a script can leave the form out.
 *
 * @throws {@link SpawnError} 400 that names the field
 */
export function checkOptions(fields: readonly OptionsField[], options: JsonObject): void {
  const known = new Map(fields.map((field) => [field.name, field]))
  for (const name of Object.keys(options)) if (!known.has(name)) throw refused(`There is no option ${name}.`)
  for (const field of fields) {
    const value = Object.hasOwn(options, field.name) ? options[field.name] : undefined
    if (value === undefined) {
      if (field.required === true && field.default === undefined) throw refused(`${field.label}: please give a value.`)
      continue
    }
    const problem = problemOf(field, value)
    if (problem !== undefined) throw refused(`${field.label}: ${problem}`)
  }
}

const refused = (message: string): SpawnError => new SpawnError({ reason: 'invalid_user_options', message })

function problemOf(field: OptionsField, value: JsonValue): string | undefined {
  const { min, max, step, pattern, max_length: maxLength, unit = '' } = field
  switch (field.type) {
    case 'checkbox':
      return typeof value === 'boolean' ? undefined : 'must be on or off.'
    case 'select':
    case 'radio':
      return choicesOf(field).some((choice) => choice.value === value) ? undefined : 'choose one of the list.'
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number.'
      if (min !== undefined && value < min) return `must be at least ${min} ${unit}`.trim() + '.'
      if (max !== undefined && value > max) return `must be at most ${max} ${unit}`.trim() + '.'
      if (step !== undefined && !isMultiple(value - (min ?? 0), step)) return `must go by steps of ${step}.`
      return undefined
    case 'text':
      if (typeof value !== 'string') return 'must be text.'
      if (maxLength !== undefined && value.length > maxLength) return `may have ${maxLength} characters at most.`
      if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'v').test(value))
        return 'is not of the form asked for.'
      return undefined
  }
}

/** 0.3 is three steps of 0.1, whatever floating point has to say. */
const isMultiple = (value: number, step: number): boolean => Math.abs(value / step - Math.round(value / step)) < 1e-9

interface Choice {
  readonly value: string
  readonly label: string
  readonly description: string
}

const choicesOf = ({ choices = [] }: OptionsField): Choice[] =>
  choices.map((choice) =>
    typeof choice === 'string'
      ? { value: choice, label: choice, description: '' }
      : { value: choice.value, label: choice.label ?? choice.value, description: choice.description ?? '' },
  )

function fieldHtml(field: OptionsField, value: JsonValue | undefined): string {
  const id = `option-${field.name}`
  const help = field.help === undefined ? '' : `<small id="${id}-help" class="form-text">${escaped(field.help)}</small>`
  const described = field.help === undefined ? '' : ` aria-describedby="${id}-help"`
  const required = field.required === true ? ' required' : ''
  const label = `<label for="${id}">${escaped(field.label)}</label>`
  const common = `id="${id}" name="${field.name}"${described}`
  switch (field.type) {
    case 'select': {
      const options = choicesOf(field).map(
        (choice) =>
          `<option value="${escaped(choice.value)}"${choice.value === value ? ' selected' : ''}>${escaped(choice.label)}</option>`,
      )
      return `<div class="field">${label}<select ${common} class="form-control"${required}>${options.join('')}</select>${help}</div>`
    }
    case 'radio': {
      const chosen = value ?? choicesOf(field)[0]?.value
      const cards = choicesOf(field).map(
        (choice) =>
          `<label class="option-card"><input type="radio" name="${field.name}" value="${escaped(choice.value)}"` +
          `${choice.value === chosen ? ' checked' : ''}><span><strong>${escaped(choice.label)}</strong>` +
          `${choice.description === '' ? '' : `<small>${escaped(choice.description)}</small>`}</span></label>`,
      )
      return `<fieldset class="field option-cards"${described}><legend>${escaped(field.label)}</legend>${cards.join('')}${help}</fieldset>`
    }
    case 'checkbox':
      return (
        `<div class="field field-check"><input type="checkbox" ${common}${value === true ? ' checked' : ''}>` +
        `<label for="${id}">${escaped(field.label)}</label>${help}</div>`
      )
    case 'number': {
      const limits = attributes({ min: field.min, max: field.max, step: field.step ?? 'any' })
      const unit = field.unit === undefined ? '' : `<span class="option-unit">${escaped(field.unit)}</span>`
      const shown = typeof value === 'number' ? ` value="${value}"` : ''
      return `<div class="field">${label}<div class="input-group"><input type="number" ${common} class="form-control"${shown}${limits}${required}>${unit}</div>${help}</div>`
    }
    case 'text': {
      const limits = attributes({ pattern: field.pattern, maxlength: field.max_length })
      const shown = typeof value === 'string' ? ` value="${escaped(value)}"` : ''
      return `<div class="field">${label}<input type="text" ${common} class="form-control"${shown}${limits}${required}>${help}</div>`
    }
  }
}

const attributes = (values: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
