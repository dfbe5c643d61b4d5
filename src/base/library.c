/* library.c: dlopen and dlsym, with errors that say what to install. */
#include "base/library.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

rf_code rf_library_load(const char *file, const char *package, const rf_symbol *symbols, void *api, rf_error *reterr) {
    assert(file && package && symbols && api);
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        (void)rf_raise(reterr, RF_ENOTFOUND, "cannot load the library %s: %s", file, dlerror());
        rf_error_hint(reterr, "install the package `%s`", package);
        return RF_ENOTFOUND;
    }
    rf_code code = RF_OK;
    for (; symbols->name && !code; symbols++) {
        void *address = dlsym(handle, symbols->name);
        if (address) {
            memcpy((char *)api + symbols->offset, &address, sizeof address); /* a pointer to a function, as POSIX has it */
        } else {
            code = rf_raise(reterr, RF_ENOTFOUND, "the library %s has no function %s", file, symbols->name);
            rf_error_hint(reterr, "it is too old: install a newer `%s`", package);
        }
    }
    (void)dlclose(handle); /* only counts: RTLD_NODELETE keeps it */
    return code;
}
