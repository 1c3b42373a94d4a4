// What a person must hear of (docs/operations.md).

@description('What the names of the rules begin with.')
param prefix string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('Who is written to.')
param emails string[]
@description('The address of the app.')
param appUrl string
@description('The name of the app, which its telemetry carries.')
param appName string
@description('The resource id of the Log Analytics workspace.')
param workspaceId string
@description('The resource id of Application Insights.')
param insightsId string
@description('The resource id of the storage account.')
param storageId string
@description('The resource id of the Service Bus namespace; empty: none.')
param serviceBusId string
@description('How many failed executions within 15 minutes are too many.')
param failedExecutions int
@description('How many waiting messages, over an hour, are too many; those of the task hub and postponed ones count, too.')
param waitingMessages int
@description('After how many hours in one state an order is stuck.')
param stuckHours int
@description('How many of 100 provider actions of 15 minutes may fail or be put off; fewer than 10 are not judged.')
param failedActionsPercent int
@description('How many minutes a message may lie in its queue.')
param messageAgeMinutes int
@description('How many days an order may wait for stock.')
param backorderDays int
@description('How many events of 15 minutes may come too late to count.')
param staleEvents int
@description('Where the health endpoint is asked from: ids of availability test locations.')
param healthTestLocations string[]

var logRules = [
  {
    name: 'failed-executions'
    severity: 2
    description: 'Functions fail. Their exceptions: AppExceptions in the workspace.'
    threshold: failedExecutions
    // A refused call (4xx) is an answer, and no failure.
    // The app's own spans of messages are requests, too: the host has counted them.
    query: 'AppRequests | where AppRoleName =~ "${appName}" and Success == false and not(ResultCode startswith "4") and isempty(Properties["orders.queue"])'
  }
  {
    name: 'dead-letters'
    severity: 1
    description: 'A message was given up: GET /api/dead-letters, then replay it (docs/operations.md).'
    threshold: 0
    // The words of shared/application/dead_letters.py; a test compares.
    query: 'AppTraces | where AppRoleName =~ "${appName}" and Message has "message given up"'
  }
  {
    name: 'failed-flows'
    severity: 1
    description: 'The flow of an order has failed, its events are not heard: docs/changing-flows.md.'
    threshold: 0
    // The words of functions/flow_client.py.
    query: 'AppTraces | where AppRoleName =~ "${appName}" and Message has "the flow of this order has failed"'
  }
  {
    name: 'provider-down'
    severity: 2
    description: 'A provider does not answer. Its orders wait and go on by themselves when it does (docs/operations.md).'
    threshold: 0
    // The words of shared/providers/circuit.py.
    query: 'AppTraces | where AppRoleName =~ "${appName}" and Message has "a provider does not answer, its work waits"'
  }
  {
    name: 'configuration-unusable'
    severity: 1
    description: 'The current version of the configuration cannot be used: the app goes on by the one before, if it has one.'
    threshold: 0
    // The words of shared/bootstrap/current.py.
    query: 'AppTraces | where AppRoleName =~ "${appName}" and Message has "the current version of the configuration cannot be used"'
  }
]

// The names are those of shared/telemetry/metrics.py; a test compares.
var metricRules = [
  {
    name: 'orders-stuck'
    severity: 2
    description: 'An order stays in one state for too long, or on hold: GET /api/orders?state=open&older_than=... (docs/operations.md).'
    metric: 'orders.open.oldest'
    value: 'max(Sum)'
    where: ''
    threshold: stuckHours * 3600
  }
  {
    name: 'provider-failures'
    severity: 2
    description: 'Provider actions fail or are put off: the workbook shows of which provider.'
    metric: 'orders.action.duration'
    value: 'round(100.0 * sumif(ItemCount, tostring(Properties["outcome"]) !in ("succeeded", "gathered")) / sum(ItemCount)) * iff(sum(ItemCount) >= 10, 1, 0)'
    where: ''
    threshold: failedActionsPercent
  }
  {
    name: 'queue-age'
    severity: 2
    description: 'Messages lie in a queue for too long before anybody handles them.'
    metric: 'orders.message.age'
    value: 'max(Max)'
    where: ''
    threshold: messageAgeMinutes * 60
  }
  {
    name: 'backorder-age'
    severity: 3
    description: 'An order waits for stock for too long: GET /api/orders?state=On Hold, then its plans.'
    metric: 'orders.backorders.oldest'
    value: 'max(Sum)'
    where: ''
    threshold: backorderDays * 86400
  }
  {
    name: 'stale-events'
    severity: 3
    description: 'Many events come too late to count: an outside system is slow to tell, or tells things out of order.'
    metric: 'orders.events'
    value: 'sum(Sum)'
    where: '| where tostring(Properties["outcome"]) == "ignored"'
    threshold: staleEvents
  }
  {
    name: 'dead-letters-waiting'
    severity: 3
    description: 'Messages that were given up wait for somebody: GET /api/dead-letters.'
    metric: 'orders.dead_letters'
    value: 'max(Sum)'
    where: ''
    threshold: 0
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${prefix}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'orders'
    emailReceivers: [for (email, i) in emails: {
      name: 'person-${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource logRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in logRules: {
  name: '${prefix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}-${rule.name}'
    description: rule.description
    enabled: true
    severity: rule.severity
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    // The tables are there once the app has sent its first telemetry.
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [people.id]
    }
  }
}]

resource metricRule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in metricRules: {
  name: '${prefix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}-${rule.name}'
    description: rule.description
    enabled: true
    severity: rule.severity
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: 'AppMetrics | where AppRoleName =~ "${appName}" and Name == "${rule.metric}" ${rule.where} | summarize Measured = todouble(${rule.value})'
          timeAggregation: 'Maximum'
          metricMeasureColumn: 'Measured'
          operator: 'GreaterThan'
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [people.id]
    }
  }
}]

// Azure measures no age of a queue's messages, and counts them once an hour: this is the slow alarm for work left lying.
resource waiting 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-waiting-messages'
  location: 'global'
  tags: tags
  properties: {
    description: 'Messages pile up in the queues.'
    enabled: true
    severity: 2
    scopes: ['${storageId}/queueServices/default']
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'waiting'
          metricNamespace: 'Microsoft.Storage/storageAccounts/queueServices'
          metricName: 'QueueMessageCount'
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          threshold: waitingMessages
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

// Functions read what was given up: it is still there when they fail, or do not run. Service Bus measures no age either.
var busRules = [
  {
    name: 'dead-letters-unread'
    severity: 1
    description: 'What was given up lies in Service Bus, and no function takes it: it is not on the error pages yet.'
    metric: 'DeadletteredMessages'
    threshold: 0
  }
  {
    name: 'waiting-in-service-bus'
    severity: 2
    description: 'Messages pile up in Service Bus.'
    metric: 'ActiveMessages'
    threshold: waitingMessages
  }
]

resource inServiceBus 'Microsoft.Insights/metricAlerts@2018-03-01' = [for rule in (empty(serviceBusId) ? [] : busRules): {
  name: '${prefix}-${rule.name}'
  location: 'global'
  tags: tags
  properties: {
    description: rule.description
    enabled: true
    severity: rule.severity
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: rule.name
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: rule.metric
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          threshold: rule.threshold
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}]

resource healthTest 'Microsoft.Insights/webtests@2022-06-15' = {
  name: '${prefix}-health'
  location: location
  // Without this tag the test belongs to no Application Insights, and is refused.
  tags: union(tags, {
    'hidden-link:${insightsId}': 'Resource'
  })
  kind: 'standard'
  properties: {
    Name: '${prefix}-health'
    SyntheticMonitorId: '${prefix}-health'
    Kind: 'standard'
    Enabled: true
    Frequency: 300
    Timeout: 60
    RetryEnabled: true
    Locations: [for each in healthTestLocations: {
      Id: each
    }]
    Request: {
      RequestUrl: '${appUrl}/api/health'
      HttpVerb: 'GET'
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource unhealthy 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-health'
  location: 'global'
  tags: tags
  properties: {
    description: 'The health endpoint does not answer 200 from two places: the app is down, or its store is out of reach.'
    enabled: true
    severity: 0
    scopes: [healthTest.id, insightsId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: healthTest.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}
