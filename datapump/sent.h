/* datapump/sent.h - who has sent a dump: beside a file that a client sent lies a note, under a name that no client can ask for
 *
 * Directories are shared.  A dump is for whoever its first line names as its owner; one that was made elsewhere, under another
 * name, is also for whoever has sent it, and for nobody else.
 */
#ifndef CORDS_DATAPUMP_SENT_H
#define CORDS_DATAPUMP_SENT_H

#include "datapump/place.h"

/* set: of the dump, so that the note says nothing about a later file of the same name.  fails STORAGE_FULL, IO */
bool sent_note(struct dump_place *place, struct span owner, struct span name, struct span set, struct err *e);
bool sent_by(struct dump_place *place, struct span owner, struct span name, struct span set);

#endif
