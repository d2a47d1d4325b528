import type { JsonObject } from '@hub/api'
import type { Configurable, ValuesOf } from '@hub/config'
import type { AuthModel } from '../../contract.js'
import { OAuthenticator } from '../oauthenticator.js'
import { gitLabConfigurable } from './gitlab-config.js'

/** The right to push to a project. */
const DEVELOPER_ACCESS = 30

/** @see oauthenticator's `GitLabOAuthenticator` */
export class GitLabOAuthenticator extends OAuthenticator<ValuesOf<typeof gitLabConfigurable>> {
  static override readonly configurable: Configurable = gitLabConfigurable
  protected override readonly userStateKey = 'gitlab_user'

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    if (await super.checkAllowed(name, model)) return true
    const token = model?.authState?.['access_token']
    const user = model?.authState?.['gitlab_user']
    const id = typeof user === 'object' && user !== null && 'id' in user ? Number(user.id) : NaN
    if (typeof token !== 'string' || !Number.isInteger(id)) return false
    return (await this.#isInAllowedGroup(id, token)) || (await this.#isInAllowedProject(id, token))
  }

  async #isInAllowedGroup(id: number, token: string): Promise<boolean> {
    for (const group of this.config.allowed_gitlab_groups)
      if ((await this.#membership(`groups/${encodeURIComponent(group)}/members/all/${id}`, token)) !== undefined)
        return true
    return false
  }

  async #isInAllowedProject(id: number, token: string): Promise<boolean> {
    for (const project of this.config.allowed_project_ids) {
      const member = await this.#membership(`projects/${project}/members/all/${id}`, token)
      if (Number(member?.['access_level']) >= DEVELOPER_ACCESS) return true
    }
    return false
  }

  /** Undefined: no member, or none that may be known. */
  async #membership(path: string, token: string): Promise<JsonObject | undefined> {
    const signal = AbortSignal.timeout(this.http.timeoutMs)
    const answer = await this.http.get(`${this.config.gitlab_api}/${path}`, token, signal)
    const body: unknown = answer.ok ? await answer.json() : await answer.body?.cancel()
    return typeof body === 'object' && body !== null && 'state' in body && body.state === 'active'
      ? (body as JsonObject) // parsed from JSON
      : undefined
  }
}
