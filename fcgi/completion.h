/* fcgi/completion.h - what a shell proposes behind "cords", made of the table of commands */
#ifndef CORDS_FCGI_COMPLETION_H
#define CORDS_FCGI_COMPLETION_H

#include "base/buf.h"

void completion_bash(struct buf *out);

#endif
