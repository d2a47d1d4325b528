import { trait } from '@hub/config'

/** Who may watch the hub. */
export const monitoringTraits = {
  authenticate_prometheus: trait.bool({
    default: true,
    help: 'Serve metrics only to callers with the scope read:metrics. False: to everybody who reaches the hub.',
  }),
}
