import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { findChromium } from '@hub/testkit'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findPanel } from '../../src/pages/admin-panel.js'
import { type BrowserHub, startBrowserHub } from './browser-hub.js'

// `npm test` builds the panel first; by hand: npx turbo run build
const isReady = findChromium() !== undefined && (await findPanel()) !== undefined

describe.skipIf(!isReady)('the admin panel', { timeout: 120_000 }, () => {
  let at: BrowserHub
  let page: Page
  beforeAll(async () => {
    at = await startBrowserHub({
      JupyterHub: {
        allow_named_servers: true,
        load_groups: { team: { users: ['bob', 'eve'], properties: { room: 'B' } } },
        load_roles: [{ name: 'looker', scopes: ['admin-ui', 'list:users', 'read:servers'], users: ['lu'] }],
        services: [{ name: 'gone', url: 'http://127.0.0.1:9', api_token: 'x'.repeat(16) }],
      },
      Authenticator: { admin_users: ['root'] },
      Spawner: {
        pre_spawn_hook: ({ serverName }: { serverName: string }) => {
          if (serverName === 'broken')
            throw Object.assign(new Error(), { status: 500, jupyterhub_message: 'No room.\nlast line of the log' })
        },
      },
    })
    await at.hub.api('POST', '/users', { usernames: Array.from({ length: 60 }, (_, n) => `student-${n}`) })
    page = await at.open('root')
  })
  afterAll(() => at[Symbol.asyncDispose]())
  afterEach(() => expect(at.complaints.splice(0)).toEqual([]))

  const goTo = async (place: string): Promise<void> => {
    await page.goto(at.url('home'))
    await page.goto(`${at.url('admin')}#${place}`)
    await page.locator('.panel-heading h1').waitFor()
    await page.locator('.panel-waiting').waitFor({ state: 'detached' })
  }
  const loseRoute = (spec: string): Promise<void> =>
    at.hub.hub.parts.proxy.deleteRoute(spec, AbortSignal.timeout(10_000))
  const names = (): Promise<string[]> => page.locator('.panel-name').allTextContents()
  const user = async (name: string) => (await at.hub.api('GET', `/users/${name}`)).json<Record<string, unknown>>()

  test('is linked to, opened with the scope only, and shows what one may do only', async () => {
    await page.goto(at.url('home'))
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    const other = await at.open('bob')
    expect((await other.goto(at.url('admin')))?.status()).toBe(403)
    const looker = await at.open('lu')
    await looker.goto(at.url('admin'))
    await looker.locator('.panel-name').first().waitFor()
    expect(
      await looker.getByRole('navigation', { name: 'Administration' }).getByRole('link').allTextContents(),
    ).toEqual(['Users', 'Failures', 'Hub'])
    expect(await looker.getByRole('link', { name: 'Add Users' }).count()).toBe(0)
    await looker.context().close()
    await other.context().close()
  })

  test('comes over the wire with no more than 120 KB, of which little runs before the rows are asked for', async () => {
    const panel = await findPanel()
    const sizeOf = async (path: string): Promise<number> => {
      const file = await readFile(join(panel?.directory ?? '', path.replace(/^admin\//, '')))
      return gzipSync(file).length
    }
    const first = [panel?.script ?? '', ...(panel?.preloads ?? []).filter((path) => !path.includes('/main-'))]
    const all = [
      ...first,
      ...(panel?.preloads ?? []).filter((path) => path.includes('/main-')),
      ...(panel?.styles ?? []),
    ]
    const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)
    expect(total(await Promise.all(first.map(sizeOf)))).toBeLessThan(6 * 1024)
    expect(total(await Promise.all(all.map(sizeOf)))).toBeLessThan(120 * 1024)
  })

  test('pages, search, sort and filters are the hub’s, and stand in the address', async () => {
    await goTo('/')
    expect((await names()).length).toBe(50)
    await page.getByText(/Displaying 1-50 of \d+/).waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText(/Displaying 51-/).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('STUDENT-5')
    await page.getByText('Displaying 1-11 of 11').waitFor()
    expect(new URL(page.url()).hash).toBe('#/?name_filter=STUDENT-5')
    await page.getByRole('button', { name: 'User', exact: true }).press('Enter')
    await page.getByRole('columnheader', { name: 'User' }).and(page.locator('[aria-sort="ascending"]')).waitFor()
    await page.getByRole('button', { name: /^User/ }).press('Enter')
    await expect.poll(async () => (await names())[0]).toBe('student-59')
    await goTo('/?group=team')
    expect((await names()).sort()).toEqual(['bob', 'eve'])
    await page.getByLabel('Kind').selectOption('Admins')
    await page.getByText('Nobody matches the filters.').waitFor()
    await page.getByRole('link', { name: 'Show everybody' }).click()
    await page.getByText(/Displaying 1-50/).waitFor()
    await goTo('/?offset=5000')
    await page.getByText(/Displaying 1-50/).waitFor()
  })

  test('a server is started, opened and stopped by keyboard; details unfold', async () => {
    await goTo('/?name_filter=student-7')
    await page.getByRole('button', { name: 'Start Server: student-7' }).press('Enter')
    await page.getByRole('link', { name: 'Access Server: student-7' }).waitFor()
    await page.getByRole('button', { name: 'Details of student-7/' }).press('Enter')
    await page.getByRole('cell', { name: '/user/student-7/', exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Stop Server: student-7' }).press('Enter')
    await page.getByRole('button', { name: 'Start Server: student-7' }).waitFor()
  })

  test('every column sorts on the hub, the servers too, and a server shows what it was started with', async () => {
    await at.hub.api('POST', '/users/student-30/server', { profile: 'gpu-large' })
    for (const [column, sort] of [
      ['Server', '-servers'],
      ['Started', '-started'],
    ] as const) {
      await goTo(`/?sort=${sort.slice(1)}`)
      await page.getByRole('button', { name: column, exact: true }).press('Enter')
      await page.getByRole('columnheader', { name: column }).and(page.locator('[aria-sort="descending"]')).waitFor()
      await expect.poll(async () => (await names())[0]).toBe('student-30')
      expect(new URL(page.url()).hash).toBe(`#/?sort=${sort}`)
    }
    await page
      .getByRole('row', { name: /student-30/ })
      .getByText('gpu-large')
      .waitFor()
    await at.hub.api('DELETE', '/users/student-30/server')
  })

  test('a service is added with a token of its own, and removed after a question; one of the configuration stays', async () => {
    await goTo('/services')
    await page.getByRole('link', { name: 'Add a service' }).press('Enter')
    await page.getByLabel('Name').fill('board')
    await page.getByLabel('Address').fill('http://127.0.0.1:9')
    const token = await page.getByLabel('API token').inputValue()
    await page.getByLabel('API token').press('Enter')
    await page.getByText('board is added.').waitFor()
    expect((await at.hub.api('GET', '/user', undefined, token)).json()).toMatchObject({
      kind: 'service',
      name: 'board',
    })
    await page.getByRole('button', { name: 'Remove the service board' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('board is removed.').waitFor()
    expect((await at.hub.api('GET', '/user', undefined, token)).status).toBe(403)
    await page.getByRole('button', { name: 'Remove the service gone' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText(/Service gone is not modifiable at runtime/).waitFor()
  })

  test('on a phone every row is a card whose actions are in reach', async () => {
    const phone = await at.open('root', { viewport: { width: 375, height: 800 }, hasTouch: true, isMobile: true })
    await phone.goto(`${at.url('admin')}#/?name_filter=student-7`)
    const start = phone.getByRole('button', { name: 'Start Server: student-7' })
    await start.waitFor()
    const box = await start.boundingBox()
    expect((box?.x ?? 999) + (box?.width ?? 999)).toBeLessThanOrEqual(375)
    await phone.context().close()
  })

  test('all that match are started and stopped, after a question', async () => {
    await goTo('/?name_filter=student-1')
    for (const [button, action, state, left] of [
      ['Start All', 'Start', 'ready', 11],
      ['Stop All', 'Stop', 'active', 0],
    ] as const) {
      await page.getByRole('button', { name: button }).click()
      await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click()
      await page.getByText(`11 servers were asked to ${action.toLowerCase()}.`).waitFor()
      const listed = await at.hub.api('GET', `/servers?state=${state}&name_filter=student-1`)
      expect(listed.json<{ _pagination: { total: number } }>()._pagination.total).toBe(left)
    }
  })

  test('people are added from a list with groups, changed, and deleted after a question', async () => {
    await goTo('/add-users')
    await page.getByLabel('Usernames').fill('name,admin,groups\nnew-1,yes,newcomers\nnew-2,,newcomers team\n')
    await page.getByText('2 names').waitFor()
    await page.getByRole('button', { name: 'Add Users' }).click()
    await page.getByText('2 users were added.').waitFor()
    expect(await user('new-1')).toMatchObject({ admin: true, groups: ['newcomers'] })
    await goTo('/edit-user?name=new-2')
    await page.getByLabel('Username').fill('renamed')
    await page.getByLabel('Groups').fill('newcomers')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('renamed is saved.').waitFor()
    expect(await user('renamed')).toMatchObject({ groups: ['newcomers'] })
    await goTo('/edit-user?name=renamed')
    await page.getByRole('button', { name: 'Delete user' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('renamed is deleted.').waitFor()
    expect((await at.hub.api('GET', '/users/renamed')).status).toBe(404)
  })

  test('a group is made, given members and properties, and deleted', async () => {
    await goTo('/groups')
    await page.getByLabel('New group').fill('course')
    await page.getByRole('button', { name: 'Create Group' }).click()
    await page.getByRole('heading', { name: 'Group course' }).waitFor()
    await page.getByLabel('Add a member').fill('nobody-there')
    await page.getByLabel('Add a member').press('Enter')
    await page.getByText('There is no user nobody-there.').waitFor()
    await page.getByLabel('Add a member').fill('eve')
    await page.getByLabel('Add a member').press('Enter')
    await page.getByRole('checkbox', { name: 'eve' }).waitFor()
    await page.getByRole('button', { name: 'Add a property' }).click()
    await page.getByLabel('Name of the property').fill('seats')
    await page.getByLabel('Value of seats').fill('12')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('course is saved.').waitFor()
    expect((await at.hub.api('GET', '/groups/course')).json()).toMatchObject({
      users: ['eve'],
      properties: { seats: 12 },
    })
    await goTo('/group-edit?name=course')
    await page.getByRole('button', { name: 'Delete Group' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('course is deleted.').waitFor()
  })

  test('shows a service that does not answer, a route that is lost, and a start that failed', async () => {
    await goTo('/services')
    await page.getByRole('row', { name: /gone/ }).getByText('does not answer').waitFor()
    await at.hub.api('POST', '/users/eve/server')
    await goTo('/routes')
    await page.getByText(/routes fit what runs/).waitFor()
    await page
      .getByRole('row', { name: /\/user\/eve\// })
      .getByText('fits')
      .waitFor()
    await loseRoute('/user/eve/')
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByText('1 routes do not fit what runs.').waitFor()
    await page
      .getByRole('row', { name: /\/user\/eve\// })
      .getByText('missing')
      .waitFor()
    await page.getByRole('button', { name: 'Put right' }).click()
    await page.getByText(/routes fit what runs/).waitFor()
    await at.hub.api('POST', '/users/eve/servers/broken')
    await goTo('/failures')
    await page.getByText('No room.').waitFor()
    await page.getByText('Log', { exact: true }).click()
    await page.getByText('last line of the log').waitFor()
  })

  test('numbers are live, and what is announced is on the login page at once', async () => {
    await goTo('/hub')
    await page.getByText('Running servers').waitFor()
    await expect.poll(() => page.locator('.panel-numbers dd').first().textContent()).toMatch(/^\d+$/)
    const active = page.locator('.panel-numbers > div', { hasText: 'Active in 24 hours' }).locator('dd')
    // Whoever looks is one of them.
    await expect.poll(async () => Number(await active.textContent())).toBeGreaterThan(0)
    await page.getByLabel('On the login page').fill('Down on Friday <b>')
    await page.getByRole('button', { name: 'Save announcements' }).click()
    await page.getByText('The announcements are saved.').waitFor()
    const nobody = await at.open()
    await nobody.goto(at.url('login'))
    await nobody.getByText('Down on Friday <b>').waitFor()
    await nobody.context().close()
  })

  test('the hub is shut down with what is chosen, and not by Escape', async () => {
    await goTo('/hub')
    await page.getByRole('button', { name: 'Shutdown Hub' }).click()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(at.hub.shutdowns).toEqual([])
    await page.getByRole('button', { name: 'Shutdown Hub' }).click()
    await page.getByLabel('Stop the proxy').uncheck()
    await page.getByRole('button', { name: 'Shut down' }).click()
    await page.getByText('The hub is shutting down.').waitFor()
    expect(at.hub.shutdowns).toEqual([{ exitCode: 0, servers: true, proxy: false }])
  })
})
