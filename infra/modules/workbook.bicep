// The workbook "Orders" in Azure Monitor: what workbook.json says, on the workspace of the app.

@description('What the workbook is called.')
param name string
@description('Its region.')
param location string
@description('Its tags.')
param tags object
@description('The resource id of the Log Analytics workspace.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: name
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook.json')
  }
}
