// Where logs and metrics go. Telemetry is sent as the identity of the app: the connection string alone opens nothing.

@description('The name of the Log Analytics workspace.')
param workspaceName string
@description('The name of the Application Insights resource.')
param insightsName string
@description('The region of all resources.')
param location string
@description('Tags of all resources.')
param tags object
@description('How long logs are kept: 30 to 730 days.')
param retentionDays int
@description('The most that is taken in a day, in GB; -1 for no limit. Beyond it nothing is seen, and no alert fires.')
param dailyCapGb int
@description('The principal id of the identity of the app.')
param appPrincipalId string

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    retentionInDays: retentionDays
    sku: {
      name: 'PerGB2018'
    }
    workspaceCapping: {
      dailyQuotaGb: dailyCapGb
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource ofTheApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, metricsPublisher)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsName string = insights.name
output connectionString string = insights.properties.ConnectionString
