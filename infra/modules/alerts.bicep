// What a person must hear of. Orders on hold are not among it: the error pages have those (docs/operations.md).

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
@description('Where the health endpoint is asked from: ids of availability test locations.')
param healthTestLocations string[]

var logRules = [
  {
    name: 'failed-executions'
    severity: 2
    description: 'Functions fail. Their exceptions: AppExceptions in the workspace.'
    threshold: failedExecutions
    // A refused call (4xx) is an answer, and no failure.
    query: 'AppRequests | where AppRoleName =~ "${appName}" and Success == false and not(ResultCode startswith "4")'
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
    name: 'configuration-unusable'
    severity: 1
    description: 'The current version of the configuration cannot be used: the app goes on by the one before, if it has one.'
    threshold: 0
    // The words of shared/bootstrap/current.py.
    query: 'AppTraces | where AppRoleName =~ "${appName}" and Message has "the current version of the configuration cannot be used"'
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
