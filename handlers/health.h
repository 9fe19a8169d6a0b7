/* handlers/health.h - for balancers and supervisors */
#ifndef CORDS_HANDLERS_HEALTH_H
#define CORDS_HANDLERS_HEALTH_H

#include "handlers/route.h"

action health_live;			/* GET /ords/_/health/live: touches no database */
action health_ready;			/* GET /ords/_/health/ready: 503 when no pool can be used */

#endif
