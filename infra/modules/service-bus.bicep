// Option: Service Bus carries the messages instead of Storage queues (docs/deploy.md). Who comes here has a role; only
// Dataverse, if it is to write here, needs a key, which may send to its one queue.

@description('The name of the namespace: 6 to 50 letters, digits and hyphens, unique in Azure.')
param name string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('The principal id of the identity of the app.')
param appPrincipalId string
@description('Its client id.')
param appClientId string
@description('Whether Dataverse writes to a queue here: it signs in with a key.')
param fromDataverse bool
@description('Whether the namespace answers on the network of the app only; that takes the Premium tier.')
param private bool
@description('IPv4 addresses that may come from outside when it is private.')
param allowedIps string[]

// As shared/messaging/names.py has them; a test compares. What is about one order is handed out one after another.
var sessionQueues = [
  'order-intake'
  'dataverse-changes'
  'provider-actions-bigcommerce'
  'provider-actions-finops'
  'provider-actions-flexe'
  'provider-actions-sap'
  'provider-actions-optimization'
  'provider-events-flexe'
  'provider-events-sap'
]
// Dataverse names no session, and no message.
var plainQueues = [
  'dataverse-notifications'
]
var appRoles = [
  '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39' // Azure Service Bus Data Sender
  '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0' // Azure Service Bus Data Receiver
]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: private ? {
    name: 'Premium'
    tier: 'Premium'
    capacity: 1
  } : {
    name: 'Standard'
    tier: 'Standard'
  }
  properties: {
    disableLocalAuth: !fromDataverse
    minimumTlsVersion: '1.2'
    publicNetworkAccess: private && empty(allowedIps) ? 'Disabled' : 'Enabled'
  }
}

resource outside 'Microsoft.ServiceBus/namespaces/networkRuleSets@2024-01-01' = if (private) {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: empty(allowedIps) ? 'Disabled' : 'Enabled'
    defaultAction: 'Deny'
    ipRules: [for ip in allowedIps: {
      ipMask: ip
      action: 'Allow'
    }]
  }
}

resource eachQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in concat(sessionQueues, plainQueues): {
  parent: namespace
  name: queue
  properties: {
    requiresSession: contains(sessionQueues, queue)
    requiresDuplicateDetection: contains(sessionQueues, queue)
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    // The host renews it while a function works; after the death of an instance its orders wait for that long.
    lockDuration: 'PT1M'
    maxDeliveryCount: 5
    // None: the flow would wait for an answer that cannot come.
    defaultMessageTimeToLive: 'P10675199DT2H48M5.4775807S'
    deadLetteringOnMessageExpiration: true
  }
}]

resource keyOfDataverse 'Microsoft.ServiceBus/namespaces/queues/authorizationRules@2024-01-01' = if (fromDataverse) {
  parent: eachQueue[length(sessionQueues)]
  name: 'dataverse'
  properties: {
    rights: ['Send']
  }
}

resource ofTheApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in appRoles: {
  name: guid(namespace.id, appPrincipalId, role)
  scope: namespace
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

output id string = namespace.id
output name string = namespace.name
output settings object = {
  MESSAGING__TRANSPORT: 'servicebus'
  ServiceBusConnection__fullyQualifiedNamespace: replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: appClientId
}
