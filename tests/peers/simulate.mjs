// Answers questions in the format of `trustpath decide iam` with @cloud-copilot/iam-simulate, one a line.
// `--repeat N` decides each question N times and prints decisions per second in place of answers.
// Imports the evaluation alone: the package's entry point refuses requests that its data does not know.
import { readFileSync } from 'node:fs'
import { loadPolicy } from '@cloud-copilot/iam-policy'

const inside = new URL('./node_modules/@cloud-copilot/iam-simulate/dist/esm/', import.meta.url)
const { authorize } = await import(new URL('core_engine/CoreSimulatorEngine.js', inside))
const { AwsRequestImpl } = await import(new URL('request/request.js', inside))
const { RequestContextImpl } = await import(new URL('requestContext.js', inside))
const { DiscoveryContextKeyConstraints } = await import(new URL('context_keys/discoveryContextKeyConstraints.js', inside))

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] }
const constraints = new DiscoveryContextKeyConstraints([])
const load = (document, name) => loadPolicy(document, { name })
const loadAll = (documents, layer) => (documents ?? []).map((document, index) => load(document, `${layer}[${index}]`))
const level = (documents, index, first) => ({
  orgIdentifier: `level ${index}`,
  policies: [...first, ...loadAll(documents, `level ${index}`)]
})

function principal(caller) {
  switch (caller.type) {
    case 'anonymous': return { type: 'Anonymous' }
    case 'service': return caller.name
    case 'oidc':
    case 'saml': return caller.provider
    case 'account-root': return `arn:aws:iam::${caller.account}:root`
    default: return caller.arn
  }
}

function prepare({ policies }) {
  return {
    sessionPolicy: policies.session ? load(policies.session, 'session') : undefined,
    identityPolicies: loadAll(policies.identity, 'identity'),
    serviceControlPolicies: (policies.scps ?? []).map((documents, index) => level(documents, index, [])),
    resourceControlPolicies: (policies.rcps ?? []).map((documents, index) =>
      level(documents, index, [load(everything, 'RCPFullAWSAccess')])),
    resourcePolicy: policies.resource ? load(policies.resource, 'resource') : undefined,
    permissionBoundaries: policies.boundary ? loadAll(policies.boundary, 'boundary') : undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: constraints },
    serviceSettings: { s3: {} }
  }
}

function decide({ request }, layers) {
  const context = new RequestContextImpl(request.context ?? {})
  const resource = { resource: request.resource, accountId: request.resource_account }
  return authorize({ ...layers, request: new AwsRequestImpl(principal(request.principal), resource, request.action, context) }).result
}

const questions = readFileSync(0, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
const at = process.argv.indexOf('--repeat')
if (at > 0) {
  const times = Number(process.argv[at + 1])
  const prepared = questions.map((question) => [question, prepare(question)])
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    for (let time = 0; time < times; time++) for (const [question, layers] of prepared) decide(question, layers)
    const seconds = (performance.now() - start) / 1000
    if (round === 2) console.log(JSON.stringify({ perSecond: (times * prepared.length) / seconds }))
  }
} else {
  for (const question of questions) console.log(JSON.stringify({ id: question.id, result: decide(question, prepare(question)) }))
}
