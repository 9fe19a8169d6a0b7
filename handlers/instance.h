/* handlers/instance.h - the instance API, for System Administrators */
#ifndef CORDS_HANDLERS_INSTANCE_H
#define CORDS_HANDLERS_INSTANCE_H

#include "handlers/route.h"

action instance_status;			/* GET /ords/_/instance-api/stable/status */
action instance_metrics;		/* GET /ords/_/instance-api/stable/metrics: text exposition format */

#endif
