/* soda/jtree.h - a document that is opened only where it is changed
 *
 * A node is the span of its text until somebody asks for a child.  Looking inside leaves the text as it is; only a change
 * makes the containers above it be written anew, compactly.  Everything else keeps its spelling, its white space included.
 *
 * n_bytes is what writing the tree would take, kept up with each change, so that budgets cost nothing to check.
 */
#ifndef CORDS_SODA_JTREE_H
#define CORDS_SODA_JTREE_H

#include "base/buf.h"
#include "base/jcur.h"

struct jnode;

struct jtree {
	struct arena *mem;
	struct jnode *root;		/* NULL: removed */
	size_t n_bytes;
	bool keeps_heights;		/* set right after jtree_init() by who asks for heights between changes */
};

enum { JTREE_NONE = -1 };

/* text passed json_scan(); borrowed, like every text below */
void jtree_init(struct jtree *t, struct span text, struct arena *mem);

/* A node for a text, not yet at a place: its bytes count from now on. */
struct jnode *jtree_new(struct jtree *t, struct span text);
/* A node that was taken from its place and is not put back: its bytes do not count any longer. */
void jtree_drop(struct jtree *t, struct jnode *v);

enum jtype jnode_type(const struct jnode *v);

/* Number of the child, or JTREE_NONE.  Where a name occurs twice the last one counts. */
long jtree_find(struct jtree *t, struct jnode *object, struct span name);
size_t jtree_length(struct jtree *t, struct jnode *array);
struct jnode *jtree_child(struct jtree *t, struct jnode *container, long i);

/* Changes.  A child that is replaced is dropped. */
struct jnode *jtree_take(struct jtree *t, struct jnode *container, long i);
void jtree_replace(struct jtree *t, struct jnode *container, long i, struct jnode *child);
void jtree_insert(struct jtree *t, struct jnode *array, long i, struct jnode *child);
void jtree_append(struct jtree *t, struct jnode *object, struct span raw_name, struct jnode *child);	/* a name that is not there */

/* Containers inside each other, the node itself included.  The first is quick and never too low, the second exact. */
size_t jnode_height_at_most(struct jnode *v);
size_t jnode_height(struct jnode *v);
size_t jtext_height(struct span text);

size_t jnode_bytes(const struct jnode *v);
bool jnode_is_changed(const struct jnode *v);
void jnode_write(const struct jnode *v, struct buf *out);
struct span jnode_text(const struct jnode *v, struct arena *mem);	/* borrowed where nothing was changed */

/* the text of a member name between its quotes */
struct span jtree_raw_name(struct span decoded, struct arena *mem);

#endif
