/* output.h: what a session's program writes, on its way through the plugins to the screen: chunks, lines, and what they become. */
#ifndef RF_TERMINAL_OUTPUT_H
#define RF_TERMINAL_OUTPUT_H

#include "plugin/chain.h"
#include "terminal/escape.h"

/* Where things go, in order. Called from within rf_output_feed(), rf_output_idle() and rf_output_flush(); `write` and `where` must not call
 * the chain or the output. */
typedef struct rf_output_sink {
    void *user;
    /* Bytes for the screen and the recording; valid during the call; whole tokens. */
    void (*write)(void *user, rf_slice bytes);
    /* An OSC, after it was written (it is among those bytes too): 7, 9, 52, 99, 133, 777, titles, …; all but 8, which is part of its line. */
    void (*osc)(void *user, const rf_escape_token *token);
    /* Where the cursor stands, and how many lines have ever been scrolled into the scrollback (of the main screen). */
    void (*where)(void *user, int *ret_row, int *ret_column, uint64_t *ret_scrolled);
} rf_output_sink;

#define RF_OUTPUT_LINE_MAX 65536u

typedef struct rf_output rf_output; /* one thread: the session's */

/* `chain` is borrowed, `sink` copied. `columns` is set anew with rf_output_resize(). Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_output_new(rf_chain *chain, const rf_output_sink *sink, int columns, rf_output **ret_output, rf_error *reterr);
void rf_output_free(rf_output *output); /* NULL is fine */
void rf_output_resize(rf_output *output, int columns);

/*
 * Bytes from the program. on_raw_output gets them as they came; on_output each line, without its line end and its colours, when it is complete.
 *
 * A line is what stands between two line ends, or between sequences that move the cursor or erase: so that full-screen programs pass
 * through the plugins too. Colours (SGR), hyperlinks (OSC 8), modes, character sets, BEL, controls that terminals ignore, and CSI K, which grep
 * writes with each of its colours, do not part it. One of more than RF_OUTPUT_LINE_MAX bytes is parted there. A line that no plugin changed
 * goes on byte for byte, with all of its sequences. Of one that was changed, colours that stood before and behind the changed part stay,
 * and what stood in it comes before it. A dropped line loses its line end too.
 *
 * The beginning of a line whose end has not come yet waits while `more` is true (further bytes are at hand), and else is shown
 * at once, for it may be a prompt: only plugins whose manifest says `eager: true` see it then, each time that it has grown. When the
 * rest arrives, on_output gets the whole line; when the part that is on the screen turns out otherwise, it is written over.
 * What an eager plugin changed is never shown as it came.
 * While `more` is true, what goes on is gathered as well: the screen takes much at once far quicker.
 * Never fails: without memory bytes go on as they came.
 */
void rf_output_feed(rf_output *output, rf_slice bytes, bool more);
/* Shows what waited for more, because none came. */
void rf_output_idle(rf_output *output);
/* What was gathered goes on. The beginning of a line waits further. */
void rf_output_flush(rf_output *output);
/* Whether something waits that rf_output_idle() would show. */
bool rf_output_waits(const rf_output *output);

#endif
