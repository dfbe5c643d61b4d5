/* vm_where.c: see vm_where.h. */
#include "plugin/vm_where.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <string.h>

/* Appends "NAME WHAT" at *at, which moves behind it. */
static const char *put(char **at, rf_slice name, const char *what) {
    char *text = *at;
    size_t len = strlen(what) + 1;
    if (name.len > 0)
        memcpy(text, name.data, name.len);
    text[name.len] = ' ';
    memcpy(text + name.len + 1, what, len);
    *at = text + name.len + 1 + len;
    return text;
}

rf_code rf_plugin_stages_init(rf_plugin_stages *stages, const rf_plugin_api *api, rf_error *reterr) {
    assert(stages && api);
    rf_slice name = api->manifest ? api->manifest->name : RF_SLICE("plugin");
    size_t bytes = name.len + 1 + sizeof "load";
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        bytes += name.len + 1 + strlen(rf_hooks[i].name) + 1;
    char *at = stages->texts = rf_alloc(bytes);
    if (!at)
        return rf_raise_nomem(reterr);
    stages->load = put(&at, name, "load");
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        stages->hooks[i] = put(&at, name, rf_hooks[i].name);
    return RF_OK;
}

void rf_plugin_stages_done(rf_plugin_stages *stages) {
    rf_free(stages->texts);
    *stages = (rf_plugin_stages){ 0 };
}
