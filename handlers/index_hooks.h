/* handlers/index_hooks.h - indexes of collections for imports, which do not know the language of documents */
#ifndef CORDS_HANDLERS_INDEX_HOOKS_H
#define CORDS_HANDLERS_INDEX_HOOKS_H

#include "datapump/job.h"

extern const struct job_hooks index_hooks;

#endif
