import type { JsonObject, JsonValue } from '@hub/api'
import type { Configurable } from '@hub/config'
import type { AuthModel } from '../contract.js'
import type { LoginService } from '../oauth/login-service.js'
import { OAuthenticator } from '../oauth/oauthenticator.js'
import { ServiceAnswerError } from '../oauth/service-http.js'
import { type GitHubConfig, gitHubConfigurable } from './github-config.js'
import { GitHubService } from './github-service.js'

const MOST_PAGES = 20

/** @see oauthenticator's `GitHubOAuthenticator` */
export class GitHubOAuthenticator extends OAuthenticator<GitHubConfig> {
  static override readonly configurable: Configurable = gitHubConfigurable
  protected override readonly userStateKey = 'github_user'

  protected override makeService(): LoginService {
    return new GitHubService(this.config, this.http, this.log)
  }

  override async checkAllowed(name: string, model: AuthModel | undefined): Promise<boolean> {
    if (await super.checkAllowed(name, model)) return true
    const token = model?.authState?.['access_token']
    const user = model?.authState?.['github_user']
    const login = typeof user === 'object' && user !== null && 'login' in user ? user.login : undefined
    if (typeof token !== 'string' || typeof login !== 'string') return false
    const signal = AbortSignal.timeout(this.http.timeoutMs)
    for (const entry of this.config.allowed_organizations) {
      const [organization = '', team] = entry.split(':')
      const isMember =
        team === undefined
          ? await this.#isInOrganization(organization, login, token, signal)
          : await this.#isInTeam(organization, team, login, token, signal)
      if (isMember) return true
    }
    return false
  }

  protected override async extendState(state: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    if (!this.config.populate_teams_in_auth_state) return state
    const teams: JsonValue[] = []
    const token = state['access_token']
    if (typeof token !== 'string') return state
    for (let page = 1; page <= MOST_PAGES; page++) {
      const url = `${this.#api}/user/teams?per_page=100&page=${page}`
      const found = await this.http.json(url, token, signal)
      if (!Array.isArray(found)) break
      teams.push(...(found as JsonValue[])) // parsed from JSON
      if (found.length < 100) break
    }
    return { ...state, teams }
  }

  /** Teams, unless `auth_state_groups_key` says otherwise. */
  protected override groupsOf(state: JsonObject): readonly string[] {
    if (this.config.auth_state_groups_key !== '') return super.groupsOf(state)
    const { teams } = state
    if (!Array.isArray(teams)) return []
    return teams.map(teamName).filter((name) => name !== undefined)
  }

  async #isInOrganization(organization: string, login: string, token: string, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#get(['orgs', organization, 'members', login], token, signal)
    if (status === 204) return true
    // Whoever asks is told this when GitHub does not take them for a member; those who show it are members all the same.
    if (status !== 302 && status !== 404) return false
    return (await this.#get(['orgs', organization, 'public_members', login], token, signal)).status === 204
  }

  async #isInTeam(
    organization: string,
    team: string,
    login: string,
    token: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const answer = await this.#get(['orgs', organization, 'teams', team, 'memberships', login], token, signal)
    // Whoever was only invited is no member yet.
    return answer.status === 200 && (answer.body as { state?: unknown } | undefined)?.state === 'active' // checked here
  }

  async #get(path: readonly string[], token: string, signal: AbortSignal): Promise<{ status: number; body: unknown }> {
    const url = `${this.#api}/${path.map(encodeURIComponent).join('/')}`
    const answer = await this.http.get(url, token, signal)
    const text = await answer.text()
    if (answer.status === 401 || answer.status >= 500) throw new ServiceAnswerError(url, answer.status)
    return { status: answer.status, body: answer.status === 200 ? JSON.parse(text) : undefined }
  }

  get #api(): string {
    return this.config.github_api.replace(/\/+$/, '')
  }
}

function teamName(team: unknown): string | undefined {
  if (typeof team !== 'object' || team === null || !('slug' in team) || !('organization' in team)) return undefined
  const { slug, organization } = team
  const login =
    typeof organization === 'object' && organization !== null && 'login' in organization
      ? organization.login
      : undefined
  return typeof slug === 'string' && typeof login === 'string' ? `${login}:${slug}` : undefined
}
