import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, test } from 'vitest'
import { hubEndpoints } from './hub-endpoints.js'
import { openApiDocument } from './openapi.js'
import { restReference } from './rest-reference.js'

const document = openApiDocument({ version: '6.0.0' })
const text = JSON.stringify(document)
const paths = document['paths'] as Record<
  string,
  Record<string, { operationId: string; parameters: { name: string }[] }>
>
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.values(methods).map((each) => ({ path, ...each })),
)

describe('the OpenAPI document', () => {
  test('is what the recommended rules of Redocly ask for', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        // Their address is each hub's own, and the examples of none.
        'no-server-example.com': 'off',
        // A delete or a stop of something has nothing that could be wrong with it but the caller.
        'operation-4xx-response': 'off',
      },
    })
    const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config })
    expect(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`),
    ).toEqual([])
  })

  test('gives each operation a name of its own', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('startServer')
    expect(ids).toContain('startServerOfDefault')
  })

  test('declares the parameters of each path', () => {
    for (const { path, parameters } of operations) {
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) expect(parameters.map((each) => each.name)).toContain(name)
      expect(path).not.toContain(':')
    }
  })

  test('has every component that is referred to', () => {
    const { schemas } = document['components'] as { schemas: Record<string, unknown> }
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect(references.length).toBeGreaterThan(50)
    for (const name of references) expect(schemas).toHaveProperty(name ?? '')
    expect(text).not.toContain('$defs')
  })
})

test('the reference describes every endpoint', () => {
  const page = restReference()
  for (const { name, method, path } of hubEndpoints) {
    expect(page).toContain(`### ${name}\n`)
    expect(page).toContain(`\`${method} ${path.replace(/:(\w+)/g, '{$1}')}\``)
  }
})
