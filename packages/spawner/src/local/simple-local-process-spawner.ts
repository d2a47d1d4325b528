import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CertificatePaths } from '@hub/api'
import type { Configurable } from '@hub/config'
import type { AccountVariables } from '../contract.js'
import { assertPlainName } from '../plain-name.js'
import { fillTemplate } from '../template.js'
import { directoryOf, LocalProcessSpawner, type ProcessHome } from './local-process-spawner.js'
import { type SimpleLocalProcessConfig, simpleLocalProcessConfigurable } from './local-process-config.js'

/**
 * Starts servers as the account of the hub, whoever the user is; needs no accounts and isolates nobody.
 *
 * @see JupyterHub `SimpleLocalProcessSpawner`
 */
export class SimpleLocalProcessSpawner extends LocalProcessSpawner<SimpleLocalProcessConfig> {
  static override readonly configurable: Configurable = simpleLocalProcessConfigurable

  /** They are the hub's own files, and the server is the hub's own account. */
  override moveCerts(paths: CertificatePaths): Promise<CertificatePaths> {
    return Promise.resolve(paths)
  }

  protected override accountVariables(): Promise<AccountVariables> {
    return Promise.resolve({ USER: this.user.name, HOME: this.#home(), SHELL: '/bin/bash' })
  }

  protected override async processHome(): Promise<ProcessHome> {
    const home = this.#home()
    await mkdir(home, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
      this.log.error('home directory could not be made', { home, error })
    })
    return { runAs: undefined, directory: directoryOf(home) }
  }

  #home(): string {
    assertPlainName(this.user.name)
    return resolve(fillTemplate('home_dir_template', this.config.home_dir_template, this))
  }
}
