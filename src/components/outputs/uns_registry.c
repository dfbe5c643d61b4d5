/* uns_registry.c: what is known of contracts: kept, refreshed, forgotten. The asking is in uns_registry_ask.c. */
#include "components/outputs/uns_registry.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/outputs/uns_registry_ask.h"

#include <assert.h>

#define FRESH_NS (600 * RF_NS_PER_S) /* schemas are looked up again */
#define MISS_NS (60 * RF_NS_PER_S)   /* so is a contract that had none: they may be made just now */
#define PAUSE_NS (5 * RF_NS_PER_S)   /* after a failure, doubled with each */
#define PAUSE_MAX_NS (60 * RF_NS_PER_S)

static void free_contract(rf_uns_contract *contract) {
    if (!contract)
        return;
    rf_uns_registry_drop(contract);
    rf_arena_done(&contract->arena);
    rf_free(contract);
}

void rf_uns_registry_done(rf_uns_registry *self) {
    rf_slice key;
    void *contract;
    for (size_t at = 0; rf_table_next(&self->contracts, &at, &key, &contract);)
        free_contract(contract);
    rf_table_done(&self->contracts);
    rf_http_session_free(self->session);
    rf_http_client_done(&self->http);
    rf_arena_done(&self->arena);
}

/* Makes room for one more. */
static void forget_oldest(rf_uns_registry *self) {
    rf_uns_contract *oldest = NULL;
    rf_slice key;
    void *value;
    if (self->contracts.count < RF_UNS_CONTRACTS_MAX)
        return;
    for (size_t at = 0; rf_table_next(&self->contracts, &at, &key, &value);) {
        rf_uns_contract *one = value;
        if (!oldest || one->used < oldest->used)
            oldest = one;
    }
    (void)rf_table_remove(&self->contracts, oldest->key);
    free_contract(oldest);
}

/* ---- A lookup's outcome ---- */

static bool is_known(const rf_uns_contract *contract) { return contract->subject_count > 0; }

static void say_found(const rf_uns_registry *self, const rf_uns_contract *contract) {
    rf_log_write(self->env->log, RF_LOG_INFO, &self->env->origin, "contract %.*s: %u schema%s of the registry", RF_SLICE_ARG(contract->key),
                 contract->subject_count, contract->subject_count == 1 ? "" : "s");
    if (is_known(contract) && contract->why.len)
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin,
                     "contract %.*s: %.*s; messages that no other of its schemas accepts pass unchecked", RF_SLICE_ARG(contract->key),
                     RF_SLICE_ARG(contract->why));
}

/* Nobody answered. The next question waits, longer each time. */
static void note_failure(rf_uns_registry *self, const char *why) {
    self->pause_ns = self->pause_ns ? 2 * self->pause_ns : PAUSE_NS;
    if (self->pause_ns > PAUSE_MAX_NS)
        self->pause_ns = PAUSE_MAX_NS;
    self->again_ns = rf_clock_mono_ns() + self->pause_ns;
    (void)snprintf(self->trouble, sizeof self->trouble, "failed to fetch schemas: %.350s", why);
    rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin,
                 "%s; payloads pass unchecked unless their contract is known, and the registry is asked again in %u s", self->trouble,
                 (unsigned)(self->pause_ns / RF_NS_PER_S));
}

static void note_answer(rf_uns_registry *self) {
    if (self->pause_ns)
        rf_log_write(self->env->log, RF_LOG_INFO, &self->env->origin, "the schema registry answers again");
    self->pause_ns = 0;
}

/* An empty one, that nothing is known of. */
static rf_uns_contract *make_contract(rf_slice name, rf_slice version) {
    rf_uns_contract *contract = rf_alloc_zero(1, sizeof *contract);
    if (!contract)
        return NULL;
    rf_arena_init(&contract->arena, 4096);
    contract->key = rf_printf_in(&contract->arena, "%.*s_v%.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(version));
    if (contract->key.data)
        return contract;
    free_contract(contract);
    return NULL;
}

/* Puts it in the place of the one before, `old`, which goes. False: out of memory, and nothing has changed. */
static bool keep(rf_uns_registry *self, rf_uns_contract *contract, rf_uns_contract *old) {
    if (!old)
        forget_oldest(self);
    if (!rf_table_put(&self->contracts, contract->key, contract))
        return false;
    free_contract(old);
    return true;
}

static bool say_why(rf_uns_contract *contract, rf_slice name, rf_slice version, const char *trouble) {
    if (trouble)
        contract->why = rf_printf_in(&contract->arena, "%s", trouble);
    else if (!is_known(contract))
        contract->why = rf_printf_in(&contract->arena, "no schemas found for contract '%.*s' version %.*s", RF_SLICE_ARG(name),
                                     RF_SLICE_ARG(version));
    return contract->why.data || (!trouble && is_known(contract));
}

/* Asks, unless somebody was asked in vain just now. */
static rf_code ask(rf_uns_registry *self, rf_uns_contract *contract, rf_slice name, rf_slice version, rf_error *reterr) {
    rf_error error = { 0 };
    uint64_t now = rf_clock_mono_ns();
    const char *trouble = now < self->again_ns ? self->trouble : NULL;
    rf_code code = trouble ? RF_EIO : rf_uns_registry_ask(self, contract, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code && !trouble) {
        note_failure(self, error.message);
        trouble = self->trouble;
    }
    if (!code)
        note_answer(self);
    if (!say_why(contract, name, version, trouble))
        return rf_raise_nomem(reterr);
    contract->until_ns = trouble ? self->again_ns : rf_clock_mono_ns() + (is_known(contract) ? FRESH_NS : MISS_NS);
    return code;
}

static rf_code look_up(rf_uns_registry *self, rf_slice name, rf_slice version, rf_uns_contract *old, rf_uns_contract **ret,
                       rf_error *reterr) {
    rf_uns_contract *contract = make_contract(name, version);
    rf_code code = contract ? ask(self, contract, name, version, reterr) : rf_raise_nomem(reterr);
    if (code == RF_EIO && old && is_known(old)) { /* better the old word than none */
        old->until_ns = contract->until_ns;
        free_contract(contract);
        *ret = old;
        return RF_OK;
    }
    if (code == RF_ENOMEM || !keep(self, contract, old)) {
        free_contract(contract);
        return rf_raise_nomem(reterr);
    }
    if (!code)
        say_found(self, contract);
    *ret = contract;
    return RF_OK;
}

rf_code rf_uns_registry_find(rf_uns_registry *self, rf_slice name, rf_slice version, const rf_uns_contract **ret_contract,
                             rf_error *reterr) {
    char key[256]; /* as a topic's part, a contract is short */
    rf_uns_contract *contract;
    rf_code code = RF_OK;
    int len = snprintf(key, sizeof key, "%.*s_v%.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(version));
    if (len < 0 || (size_t)len >= sizeof key)
        return rf_raise(reterr, RF_ELIMIT, "the contract's name is longer than %zu bytes", sizeof key - 1);
    contract = rf_table_get(&self->contracts, (rf_slice){ key, (size_t)len });
    if (!contract || rf_clock_mono_ns() >= contract->until_ns)
        code = look_up(self, name, version, contract, &contract, reterr);
    if (code)
        return code;
    contract->used = ++self->turn;
    *ret_contract = contract;
    return RF_OK;
}
