/* plugin sign: signatures beside plugins, and keys to make them with. */
#include "cli/plugin.h"

#include "base/slice.h"
#include "cli/script.h"
#include "script/fusabi/fzb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { KEY_BYTES = 32 };

typedef struct sign_args {
    rf_cli_words words;
    const char *key, *new_key;
} sign_args;

static const rf_cli_option sign_options[] = {
    { "key", 'k', "FILE", "The secret key (Ed25519: PEM, 64 hex digits, or 32 bytes)." },
    { "new-key", 0, "FILE", "Makes a key pair: FILE is the secret one, FILE.pub the public one." },
    { 0 },
};

static bool parse(sign_args *sign, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_plugin_part_sign, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG || (kind == RF_CLI_WORD && !rf_cli_words_add(&rf_plugin_part_sign, &sign->words, value)))
            return false;
        if (kind == RF_CLI_OPTION)
            *(strcmp(option->name, "key") == 0 ? &sign->key : &sign->new_key) = value;
    }
    const char *wrong = sign->new_key && sign->key           ? "give either --key or --new-key"
                        : sign->new_key && sign->words.count ? "--new-key signs nothing"
                        : !sign->new_key && !sign->key       ? "no key is given: --key FILE"
                        : sign->key && !sign->words.count    ? "no plugin is given"
                                                             : NULL;
    if (wrong)
        (void)rf_cli_misuse(&rf_plugin_part_sign, "%s", wrong);
    return !wrong;
}

/* Writes a file that is not there yet. */
static rf_code write_new(const char *path, const char *text, size_t len, mode_t mode, rf_error *reterr) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(errno));
    bool fine = write(fd, text, len) == (ssize_t)len;
    int error = errno;
    fine = close(fd) == 0 && fine;
    if (fine)
        return RF_OK;
    (void)unlink(path);
    return rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(error));
}

static rf_code write_key(const char *path, const uint8_t key[KEY_BYTES], mode_t mode, rf_error *reterr) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * KEY_BYTES + 1];
    for (size_t i = 0; i < KEY_BYTES; i++) {
        text[2 * i] = digits[key[i] >> 4];
        text[2 * i + 1] = digits[key[i] & 15];
    }
    text[2 * KEY_BYTES] = '\n';
    rf_code code = write_new(path, text, sizeof text, mode, reterr);
    explicit_bzero(text, sizeof text);
    return code;
}

static rf_code make_key(const char *path, rf_error *reterr) {
    uint8_t secret[KEY_BYTES], public_key[KEY_BYTES];
    RF_CLEANUP(rf_buffer_done) rf_buffer public_path = { 0 };
    rf_buffer_printf(&public_path, "%s.pub", path);
    if (!rf_buffer_cstr(&public_path))
        return rf_raise_nomem(reterr);
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return rf_raise(reterr, RF_EIO, "the system gives no random bytes: %s", strerror(errno));
    rf_code code = rf_fus_public_key(secret, public_key, reterr);
    if (!code)
        code = write_key(path, secret, 0600, reterr);
    if (!code && write_key(public_path.data, public_key, 0644, reterr)) {
        (void)unlink(path); /* half a pair is none */
        code = RF_EIO;
    }
    explicit_bzero(secret, sizeof secret);
    if (!code)
        (void)printf("%s: secret key, keep it\n%s: public key, give it away\n", path, public_path.data);
    return code;
}

/* Signs what loads: a plugin with errors is no use to anybody. */
static rf_code sign_one(rf_cli_plugins *plugins, const char *word, const uint8_t secret[KEY_BYTES], rf_error *reterr) {
    rf_plugin_file file;
    rf_plugin *plugin = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    uint8_t hash[32];
    rf_code code = rf_cli_plugin_find(plugins, word, &file, reterr);
    if (!code)
        code = rf_cli_plugin_load(plugins, &file, NULL, &plugin, reterr);
    if (!code) {
        rf_plugin_hash(plugin, hash);
        code = rf_trust_sign(secret, hash, &text, reterr);
    }
    rf_plugin_unref(plugin);
    if (code)
        return code;
    const char *path = rf_cli_plugin_beside(&plugins->arena, file.path, ".sig");
    code = text.failed || !path ? rf_raise_nomem(reterr) : rf_cli_replace_file(path, rf_buffer_view(&text), reterr);
    if (!code)
        (void)printf("%s: signed, in %s\n", file.path, path);
    return code;
}

static rf_code sign_all(const sign_args *sign, rf_error *reterr) {
    uint8_t secret[KEY_BYTES];
    rf_cli_plugins plugins;
    rf_code code = rf_cli_key_read(sign->key, true, secret, reterr);
    if (code)
        return code;
    code = rf_cli_plugins_open(&plugins, reterr);
    plugins.trust.key_count = 0; /* the old signature, which no longer fits a changed file, is about to be replaced */
    for (size_t i = 0; i < sign->words.count && !code; i++)
        code = sign_one(&plugins, sign->words.items[i], secret, reterr);
    rf_cli_plugins_close(&plugins);
    explicit_bzero(secret, sizeof secret);
    return code;
}

static int sign_run(int argc, char **argv) {
    sign_args sign = { 0 };
    rf_error error = { 0 };
    if (!parse(&sign, argc, argv))
        return RF_EXIT_USAGE;
    rf_code code = sign.new_key ? make_key(sign.new_key, &error) : sign_all(&sign, &error);
    (void)fflush(stdout);
    return code ? rf_cli_plugin_fail(&error) : RF_EXIT_DONE;
}

static const rf_cli_example sign_examples[] = {
    { "riffle plugin sign --new-key alice.key", "Makes alice.key and alice.key.pub." },
    { "riffle plugin sign --key alice.key redact.fsx", "Writes redact.sig." },
    { 0 },
};

const rf_command rf_plugin_part_sign = {
    .name = "plugin sign",
    .usage = "--key FILE PLUGIN... | --new-key FILE",
    .summary = "Signs plugins, or makes a pair of keys.",
    .detail = "The signature covers the plugin's and its manifest's bytes, and goes to NAME.sig beside it. Whoever trusts the public key (`riffle\n"
              "plugin trust --key`) can then require it (`require_signature: true`).",
    .options = sign_options,
    .examples = sign_examples,
    .run = sign_run,
};
