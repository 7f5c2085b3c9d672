import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  LogQueryWidget,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { COLLECTED_METRICS, DIMENSION } from './collected-metrics';

export interface DashboardProps {
  /** Name of the dashboard, and namespace of the metrics. */
  readonly name: string;
  readonly logGroup: ILogGroup;
}

/** What Grafana's dashboard answers by metrics of each client and route, the log answers here: they would be paid for by series. */
export const LOG_PANELS: Readonly<Record<string, string>> = {
  'Requests by client':
    'filter ispresent(clientId) | stats count(*) as requests by coalesce(clientName, clientId) as caller | sort requests desc',
  'Failed requests by client':
    'filter status >= 400 | stats count(*) as requests by coalesce(clientName, clientId, ip) as caller, status, reason | sort requests desc',
  'Failed requests by route':
    'filter status >= 400 | stats count(*) as requests by method, coalesce(route, path) as endpoint, status | sort requests desc',
};

/** The panels of Grafana's dashboard, by the same titles, with what CloudWatch has. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, logGroup }: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Panels', { dashboardName: name });
    dashboard.addWidgets(
      ...Object.entries(LOG_PANELS).map(
        ([title, query]) =>
          new LogQueryWidget({
            title,
            logGroupNames: [logGroup.logGroupName],
            queryLines: query.split(' | '),
            width: 8,
            height: 8,
          }),
      ),
    );
    dashboard.addWidgets(
      ...COLLECTED_METRICS.map(
        ({ name: metricName, statistic, panel }) =>
          new GraphWidget({
            title: panel,
            left: [
              new Metric({
                namespace: name,
                metricName,
                dimensionsMap: DIMENSION,
                statistic,
                period: Duration.minutes(1),
              }),
            ],
            width: 6,
            height: 6,
          }),
      ),
    );
  }
}
