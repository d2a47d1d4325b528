import type { JsonObject } from '@hub/api'
import { SpawnError } from '../spawn-error.js'
import type { Spawner } from '../spawner.js'
import type { DockerConfig } from './docker-config.js'

/** Images by the name that users choose them by; none: there is no choice. */
export async function allowedImages(
  spawner: Spawner,
  { allowed_images: allowed }: DockerConfig,
): Promise<Map<string, string>> {
  const value = typeof allowed === 'function' ? await allowed(spawner) : allowed
  // The two shapes that the option is documented and checked to have.
  if (Array.isArray(value)) return new Map((value as readonly string[]).map((image) => [image, image]))
  return new Map(Object.entries(value as Readonly<Record<string, string>>))
}

/** @throws SpawnError for an image that is not offered */
export async function chosenImage(spawner: Spawner, config: DockerConfig, options: JsonObject): Promise<string> {
  const chosen = options['image']
  if (chosen === undefined || chosen === null || chosen === config.image) return config.image
  const allowed = await allowedImages(spawner, config)
  const image = typeof chosen === 'string' ? allowed.get(chosen) : undefined
  if (image !== undefined) return image
  throw new SpawnError({
    reason: 'image_not_allowed',
    message:
      `The image ${JSON.stringify(chosen)} is not offered here. ` +
      (allowed.size === 0
        ? 'Start your server without choosing one.'
        : `Choose one of: ${[...allowed.keys()].join(', ')}.`),
  })
}

/** A list to choose from; empty where there is no choice. */
export function imageForm(allowed: ReadonlyMap<string, string>, current: string): string {
  if (allowed.size < 2) return ''
  const options = [...allowed].map(([name, image]) => {
    const selected = image === current ? ' selected' : ''
    return `<option value="${escapeHtml(name)}"${selected}>${escapeHtml(name)}</option>`
  })
  return `<label for="image">Image</label>\n<select class="form-control" id="image" name="image" required autofocus>\n${options.join('\n')}\n</select>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
