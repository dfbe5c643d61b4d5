/* hook.h: the moments at which plugins are called, and what they may answer. */
#ifndef RF_PLUGIN_HOOK_H
#define RF_PLUGIN_HOOK_H

#include "riffle/base.h"

#include <stdbool.h>

/* In the order of hook.c's table, which names, types and documents them. */
typedef enum rf_hook {
    RF_HOOK_LOAD,           /* on_load () */
    RF_HOOK_UNLOAD,         /* on_unload () */
    RF_HOOK_RELOAD,         /* on_reload old: before the swap, in the new version */
    RF_HOOK_OUTPUT,         /* on_output line: without its line end */
    RF_HOOK_RAW_OUTPUT,     /* on_raw_output bytes */
    RF_HOOK_INPUT,          /* on_input bytes */
    RF_HOOK_PASTE,          /* on_paste text */
    RF_HOOK_RESIZE,         /* on_resize columns rows */
    RF_HOOK_ATTACH,         /* on_attach client */
    RF_HOOK_DETACH,         /* on_detach client */
    RF_HOOK_PRE_COMMAND,    /* on_pre_command text */
    RF_HOOK_POST_COMMAND,   /* on_post_command text directory exit_code milliseconds */
    RF_HOOK_KEY,            /* on_key name: of a binding that the manifest declares (`keys`) */
    RF_HOOK_TICK,           /* on_tick name: of a timer */
    RF_HOOK_REMOTE_COMMAND, /* on_remote_command id: from the palette, a menu, a modal list */
    RF_HOOK_MESSAGE,        /* on_message message: in streams */
    RF_HOOK_COUNT,
} rf_hook;

#define RF_HOOK_ARGS_MAX 4u

/* What a hook's answer may be. */
typedef enum rf_hook_answer {
    RF_ANSWER_NONE,    /* nothing is looked at */
    RF_ANSWER_VERDICT, /* Continue, Stop, Drop */
    RF_ANSWER_TEXT,    /* and Modify of a text */
    RF_ANSWER_MESSAGE, /* and messages: one, a list of them, none */
} rf_hook_answer;

typedef struct rf_hook_info {
    const char *name;   /* "on_output" */
    const char *params; /* "columns rows": names; "" means (), the hook of unit */
    uint8_t arity;      /* arguments that the host gives: 0 … RF_HOOK_ARGS_MAX */
    rf_hook_answer answer;
    const char *doc;    /* sentences for the manual */
} rf_hook_info;

extern const rf_hook_info rf_hooks[RF_HOOK_COUNT]; /* hook.c */
/* The hook of that name, or RF_HOOK_COUNT. */
rf_hook rf_hook_find(rf_slice name);

typedef enum rf_verdict {
    RF_VERDICT_CONTINUE, /* on to the next plugin with the data as it stands */
    RF_VERDICT_MODIFY,   /* with other data */
    RF_VERDICT_STOP,     /* no further plugin; the data goes on as it stands */
    RF_VERDICT_DROP,     /* no further plugin; nothing goes on */
} rf_verdict;

#endif
