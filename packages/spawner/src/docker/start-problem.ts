import type Docker from 'dockerode'
import { SpawnError } from '../spawn-error.js'

/** Of a server that is to have a certificate, and is reached at an address that is not known yet. */
export function addressNotCertified(): SpawnError {
  return new SpawnError({
    reason: 'no_internal_ssl',
    statusCode: 500,
    message: 'The server could not be started because of a mistake in the configuration. Tell your administrator.',
    logMessage:
      'The address of a container in its network is not known before it runs, so no certificate can have it. With JupyterHub.internal_ssl ' +
      'set DockerSpawner.use_internal_hostname = True, and have hub and proxy in that network.',
  })
}

/** Of a container that has started and cannot be reached. */
export function noAddress({ State: state }: Docker.ContainerInspectInfo): SpawnError {
  const why = state.Running ? 'It has no address in its network.' : `It ended at once, with status ${state.ExitCode}.`
  return new SpawnError({
    reason: 'launch_failed',
    statusCode: 500,
    message: `The container of the server started and cannot be reached. ${why} Tell your administrator.`,
    logMessage:
      `${why} Is DockerSpawner.network_name a network that containers have addresses in? ${state.Error}`.trim(),
  })
}

/** Of a container that is another user's. */
export function foreign(name: string, owner: string): SpawnError {
  return new SpawnError({
    reason: 'container_of_another',
    statusCode: 500,
    message: 'The server could not be started: its container belongs to another user. Tell your administrator.',
    logMessage: `The container ${name} is ${owner}'s. DockerSpawner.name_template must tell users apart: use {username}.`,
  })
}
