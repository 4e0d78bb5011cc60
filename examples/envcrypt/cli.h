/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command envcrypt: what its files share. It uses the public API, libc and POSIX and
 * nothing else, so that it can be read as an example of the API.
 *
 * Functions that return int give 0 or an exit code; whoever found the failure has told the
 * person about it.
 */
#ifndef ENVCRYPT_CLI_H
#define ENVCRYPT_CLI_H

#include <envcrypt/envcrypt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#define PRINTF(at, first) __attribute__((format(printf, at, first)))

/* Exit codes; the man page documents them. */
enum {
    EXIT_DONE = 0,
    EXIT_MACHINE = 1,    /* files, memory, the system, a deadline, a defect */
    EXIT_USAGE = 2,      /* the command line */
    EXIT_KEY = 3,        /* no key, a wrong one, a disabled one, a closed key store */
    EXIT_DATA = 4,       /* malformed or not authentic input */
    EXIT_POLICY = 5,     /* refused by a limit, a policy or a missing confirmation */
    EXIT_PARTIAL = 6,    /* several files, some of which failed */
    EXIT_STALE = 7,      /* inspect with keys: a rewrap is due */
    EXIT_SERVICE = 8,    /* a service is away or throttles, or another run is at work */
    EXIT_NOT_PROVEN = 9, /* nothing speaks against it, and it cannot be shown */
    EXIT_CONTRADICTED = 10, /* an object is not stored under the current key */
    EXIT_UNCONFIRMED = 11,  /* the plan was printed, and nothing done */
    /* How a cluster stands: cluster status. */
    EXIT_DEFAULT_KEY = 12,
    EXIT_NOT_ENCRYPTED = 13,
    EXIT_OTHER_KEY = 14,
    EXIT_CHANGING = 15,
    EXIT_DEGRADED = 16,
    EXIT_KEY_UNUSABLE = 17,
    EXIT_CANNOT_ENCRYPT = 18,
    EXIT_INTERRUPTED = 130 /* by Ctrl-C; the program dies of the signal */
};

#define STRINGS_MAX 128 /* how often an option may be repeated */

typedef struct strings {
    const char *items[STRINGS_MAX];
    size_t count;
} strings;

typedef struct command command;
typedef struct opened_key opened_key; /* of keys.c */

/* Where the secrets come from that open key stores. */
typedef struct protector_options {
    size_t passphrase; /* how often the terminal is asked */
    strings passphrase_files, passphrase_fds, key_files, raw_key_fds;
    strings rsa_private, rsa_public, services;
} protector_options;

/* Which cluster is meant, and what of it. */
typedef struct cluster_options {
    const char *name, *ibm_name, *file, *endpoint, *resource_group, *state;
    const char *key, *key_arn, *key_id, *instance_id, *crk, *kms_account;
    const char *verb, *uses, *existing, *override, *update_id, *days;
    strings options, sets;
    bool public_endpoint, policy, no_wait, destructive;
} cluster_options;

#define PROTECTOR_TYPES (ENVCRYPT_PROTECTOR_KMS + 1)

/* The command line, parsed: one field for each option of options.c. */
typedef struct cli {
    const command *command;
    const command *commands; /* the whole table */
    char **args;
    size_t arg_count;

    strings keys;
    strings to;
    strings context;
    strings require;

    protector_options opens; /* what opens stores; for `create` what will */
    protector_options fresh; /* what opens them from now on */
    const char *make_key_file;
    const char *rsa_passphrase_file;
    const char *argon2;

    const char *output;
    const char *suite;
    const char *policy;
    const char *frame_length;
    const char *max_frame;
    const char *max_edks;
    const char *threads;
    const char *timeout;
    int64_t timeout_ms; /* made by session_open(); negative: none */
    strings net;
    bool force, json, quiet, dry_run, yes, ask, verify, all, unsigned_only, frames_only,
        base64;
    bool null_names;

    const char *alias;
    strings allow;
    strings action_args;

    const char *range;
    const char *shard;
    const char *files_from;
    const char *max_age;

    const char *record;
    const char *new_record;
    strings record_context;

    const char *name;
    const char *first_key;
    const char *kind;
    const char *fingerprint;
    const char *confirm;
    strings drop;
    const char *replace;
    const char *name_space;
    const char *key_name;
    const char *material;
    bool writes, keep_store_key;
    bool help;

    /* The API server. */
    const char *kubeconfig, *kube_context, *server, *server_ca, *server_cert,
        *server_key;
    const char *token_file, *eks_cluster, *aws_region, *aws_profile;
    bool in_cluster, allow_exec;
    strings kube; /* further options of access */

    /* Re-encryption. */
    const char *resource, *selector, *names, *mode, *annotation, *since, *restarted;
    const char *in_flight, *rate, *page, *journal, *lease;
    strings namespaces;
    bool no_journal, one_pass, require_proof;

    /* etcd: a URL, or a file among the arguments. */
    const char *etcd, *etcd_ca, *etcd_cert, *etcd_key, *etcd_tls_name, *prefix;
    const char *encryption_config, *plugin, *form;
    bool raw_value;

    /* EncryptionConfiguration. */
    const char *kube_version, *socket, *plugin_timeout, *order;
    const char *previous_name, *previous_socket;
    strings resources;

    cluster_options cluster;

    int64_t max_age_ms; /* made by header_parse_age(); negative: any */

    /* Made by session_open(). */
    envcrypt_client *client;
    envcrypt_wait *wait;

    /* Made by secrets_present(): what opens key stores. */
    envcrypt_protectors *protectors;
    size_t presented[PROTECTOR_TYPES]; /* how many of each type */

    /* Made by keys_open(). */
    opened_key *opened;
    size_t opened_count;
} cli;

struct command {
    const char *group; /* "keystore", or NULL */
    const char *name;  /* one word or two: "config explain" */
    uint64_t bit;
    int (*run)(cli *c);
    const char *arguments;
    int min_args, max_args; /* max_args -1: any number */
    const char *summary;    /* one line */
    const char *text;       /* what --help teaches beyond it */
    const char *examples;   /* command lines */
};

/* Commands with a common first word. */
typedef struct command_group {
    const char *name;
    const char *summary;
    const char *argument; /* of most of its commands */
    const char *text;     /* what it is about */
    const char *example;
} command_group;

/* commands.c, commands_find.c */
extern const command commands[];                           /* ends with name NULL */
extern const command_group command_groups[];               /* same */
const command_group *command_find_group(const char *name); /* NULL: there is none */
/* By the words of the command line that stand behind the group; *used: how many of them. */
const command *command_find(const char *group, char **words, int count, int *used);
/* Whether names of two words begin with this one; NULL: with any. */
bool command_begins(const char *group, const char *word);
bool command_is_group(const char *name);

/* help.c */
void help_overview(FILE *to);
void help_group(const char *group);
void help_command(const command *of);
void help_entry(const char *name, const char *text);   /* a line of two columns */
int help_unknown(const char *group, const char *name); /* did you mean …? */

/* options.c, options_parse.c */
typedef struct option_facts {
    const char *name;
    int letter;           /* 0: none */
    const char *argument; /* NULL: takes none */
    const char *help;
    int section;
} option_facts;
enum {
    SECTION_OWN,
    SECTION_SERVER,
    SECTION_OPENS,
    SECTION_NEW,
    SECTION_GENERAL,
    SECTIONS
};
int options_parse(cli *c, int argc, char **argv);
bool options_get(const command *of, size_t index,
                 option_facts *out); /* false: the end */
/* NAME=VALUE of an option, "--set"; the name is freed by the caller. */
int options_split(const char *option, const char *given, char **name,
                  const char **value);
/* The options that were given and that other commands (C_…) have as well, as a shell takes them:
 * " --since TIME"; but those about output. NULL: memory is out. */
char *options_repeat(const cli *c, uint64_t of);
/* Same, of the way to a cluster whose URI is told. */
char *options_repeat_way(const cli *c);

/* text.c */
void text_begin(void);         /* before any text is shown */
bool text_is_ascii_only(void); /* the terminal may not take UTF-8 */
char *text_format(const char *format, ...) PRINTF(1, 2); /* NULL: memory is out */
char *text_format_args(const char *format, va_list args) PRINTF(1, 0);
/* Bytes of the UTF-8 character at the beginning; 0 when it is none. */
size_t utf8_size(const unsigned char *text, size_t size, uint32_t *point);
void text_put_safe(FILE *to, const char *text, size_t size, bool lines);
/* Whether a piece of text may be sent to a terminal. *awaited: bytes of a character that the
 * piece before left to this one, and this one leaves to the next. */
bool text_is_safe(const char *text, size_t size, size_t *awaited);
size_t text_columns(const char *text); /* as text_put_safe() shows one line */
int64_t now_ms(void);                  /* of a clock that nobody sets */
void format_time(int64_t ms, char out[24]);
void format_size(uint64_t bytes, char out[16]);
void format_span(uint64_t ms, char out[32]); /* "7 ms", "3 min 20 s", "1 h 05 min" */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);
uint64_t text_hash(const char *text);
const char *text_nearest(const char *name, const char *const *among, size_t count);
char *text_quote(
    const char *text); /* for a shell, if it must be; NULL: memory is out */
void wipe_free(void *bytes, size_t size);

/* json.c: one JSON value; name NULL inside an array */
typedef struct json {
    FILE *to; /* NULL: standard output */
    size_t depth;
    bool has_item[8];
    char closing[8];
} json;
void json_open(json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(json *j);                                /* a line end after the last */
void json_text(json *j, const char *name, const char *text); /* NULL: null */
void json_number(json *j, const char *name, int64_t number);
void json_bool(json *j, const char *name, bool value);
void json_raw(json *j, const char *name, const envcrypt_buffer *made);
/* {"event": "progress", "report": {…}} */
void json_event(const char *event, const envcrypt_buffer *report);
bool json_is_begun(void); /* whether any value was printed */
/* What a command tells of files that it wrote; header NULL: none. */
void json_files(const cli *c, const envcrypt_buffer *header);

/* events.c: lines of JSON on standard error */
bool events_wanted(const cli *c); /* nobody looks, and no --json has them elsewhere */
/* {"event": "progress", "time": …, "phase": …, "seconds": …; closed by the caller. */
void events_open(json *j, const char *phase, int64_t began_ms);
void events_secrets(json *j, const envcrypt_reencrypt_report *so_far);

/* table.c: rows of cells, printed when all are there */
typedef struct table {
    size_t columns;
    char **cells;
    size_t count;
    bool failed;
} table;
void table_cell(table *t, const char *format, ...) PRINTF(2, 3);
int table_print(table *t); /* and frees */
/* An answer of the library: for eyes, only some of its columns, or JSON. */
int table_show(const envcrypt_table *answer);
int table_show_some(const envcrypt_table *answer, const char *const *names);
/* For eyes (names NULL: all columns), or {"rows": [{…}]}. */
int table_tell(const cli *c, const envcrypt_table *answer, const char *const *names);
void table_json(json *j, const char *name, const envcrypt_table *answer);

/* base64.c */
char *base64_encode(const unsigned char *bytes, size_t size, size_t *made);
unsigned char *base64_decode(const unsigned char *text, size_t size, size_t *made);

/* signals.c: Ctrl-C and deadlines */
int signals_start(int64_t timeout_ms, bool tells_json);
void signals_stop(void);
void signals_end(void); /* the last of all: dies of the signal that came, if any */
void signals_cancel(envcrypt_wait *wait); /* canceled by a signal; NULL: none */
void signals_waiting(bool waiting);       /* blocked in read or write */
/* Whether neither a second signal nor time ends the program: a key is to be enabled again. */
void signals_patient(bool patient);
void signals_remove(int folder, const char *name); /* unlinked at the end; NULL: none */
struct termios;
void signals_restore(int terminal, const struct termios *termios); /* NULL: nothing */
bool signals_interrupted(void);

/* report.c: what a person is told; control characters in it are made visible */
void report_for(const command *of); /* the one that is run, whose options are told */
void say(const char *format, ...) PRINTF(1, 2); /* to standard output */
void say_name(const char *name); /* of a file: in one line, whatever is in it */
void note(const cli *c, const char *format, ...)
    PRINTF(2, 3);                                    /* stderr; not if quiet */
void complain(const char *format, ...) PRINTF(1, 2); /* "envcrypt: …" */
/* Complains; code: the ENVCRYPT_E_… that names the failure. Returns its exit code. */
int refuse(int32_t code, const char *format, ...) PRINTF(2, 3);
int system_failed(const char *what, const char *path); /* with errno */
int report_error(const envcrypt_error *error, const char *about);
int32_t report_last(void); /* ENVCRYPT_E_… of the last failure */
/* The last failure as JSON on standard output; file NULL: none. */
void report_json(const char *file, int code);
/* Reports a failed call of the library and frees its error; 0 when rc is 0. */
int check(int rc, envcrypt_error **error, const char *about);
/* The exit code of a failure that is told elsewhere. */
int report_exit(int32_t code);
int flush_output(void);
bool report_bar(bool shown); /* whether a progress bar stands on the line; what was */

/* hints.c: what a person does next, by what this command has; NULL: the error says it all */
const char *hint_for(const command *of, const envcrypt_error *error);

/* session.c: the client, the deadline, signals */
int session_open(cli *c);
void session_close(cli *c);

/* terminal.c: /dev/tty */
#define TERMINAL_NONE (-1)
#define LINE_SIZE 1026 /* 1,024 bytes, a line end, a NUL */
/* A line without its end; TERMINAL_NONE when there is no terminal, silently. */
int terminal_ask(const char *prompt, bool hidden, char line[LINE_SIZE]);
bool terminal_is_there(void);    /* one to ask on */
size_t terminal_columns(int fd); /* 0: it is none */

/* wrap.c: long texts, broken between words where standard output is a terminal */
size_t wrap_columns(void); /* SIZE_MAX: nothing is broken */
size_t wrap_longest_word(const char *text);
/* at: the column that the text begins in; indent: of further lines. No line end. */
void wrap_put(const char *text, size_t at, size_t indent);
void wrap_say(size_t indent, const char *text); /* with a line end */

/* confirm.c: what is typed back; without a terminal that is refused, with what to do instead */
int confirm_typed(char *question, char *instead,
                  char line[LINE_SIZE]); /* frees both; NULL: memory is out */
int confirm_yes(const char *question, const char *instead);

/* secrets.c */
#define SECRET_FILE_MAX 65536
/* Fills c->protectors from the options, and asks for the store's passphrase where an option
 * says so or nothing else was given. Once for each store. */
int secrets_present(cli *c, const char *store_path);
bool secrets_are_given(const cli *c, const protector_options *from);
/* Protectors that a store gets; asks for a passphrase when nothing is given. */
int secrets_new(const cli *c, const protector_options *from, const char *store_path,
                envcrypt_protectors **out);
void secrets_unmake(const cli *c); /* removes the key file that secrets_new() made */
/* A whole file of mode 0600, with a NUL behind it; freed by wipe_free(). */
int secrets_read_file(const char *path, bool private_file, unsigned char **out,
                      size_t *size);

/* keys.c */
bool keys_is_uri(const char *given);
/* One key of a key service by its URI; given back by envcrypt_kms_unref(). */
int keys_open_service(const cli *c, const char *uri, envcrypt_kms **out);
/* One key, as of --key; it is closed by keys_close(). */
int keys_open_one(cli *c, const char *given, envcrypt_kms **out);
int keys_open(cli *c, const strings *uris, bool writes, envcrypt_keyring **out);
void keys_close(cli *c);
int keys_context(const strings *pairs, const char *option, envcrypt_context **out);

/* settings.c: what options say about messages */
int settings_read(const cli *c, envcrypt_message_config **out);
int settings_write(const cli *c, bool binds_context, envcrypt_message_config **out);
/* For a stream: the frame length by the size of the input; UINT64_MAX = not known. */
int settings_length(const cli *c, envcrypt_message_config *config, uint64_t size);

/* input.c */
typedef struct input {
    int fd;
    const char *name; /* for messages */
    const char *path; /* NULL: standard input */
    bool regular;
    uint64_t size; /* of a regular file; else UINT64_MAX */
    uint64_t left; /* of it behind where reading begins; UINT64_MAX: not known */
    struct timespec changed;
} input;
bool input_is_standard(const char *path);
int input_open(input *in, const char *path); /* NULL or "-": standard input */
int input_read(const input *in, void *bytes, size_t size,
               size_t *made); /* 0: the end */
int input_read_full(const input *in, void *bytes, size_t size, size_t *made);
/* All of it, with a NUL behind it; freed by wipe_free(). */
int input_read_all(const input *in, size_t limit, unsigned char **out, size_t *size);
int input_check(const input *in); /* that a regular file is as it was */
void input_close(input *in);

/* output.c: a file that appears when it is whole, or standard output */
typedef struct output {
    int fd;
    const char *path; /* NULL: standard output */
    int folder;
    const char *name;
    char temporary[256];
    bool replace;
    bool keep_mode; /* of the file that is replaced, and its owner */
    bool terminal;
    size_t awaited; /* of text_is_safe() */
} output;
int output_open(output *o, const char *path, bool replace); /* NULL or "-": stdout */
int output_write(output *o, const void *bytes, size_t size);
int output_commit(output *o);
void output_abort(output *o); /* fine after commit */
bool output_is_standard(const char *path);
/* Whether a file can be made or replaced, seen before long work. */
int output_probe(const char *path, bool replace);
/* No ciphertext to a terminal; instead: what else there is, as " or --base64". */
int output_check_binary(const char *path, const char *instead);
bool output_is_input(const output *o,
                     const input *in); /* it would read what it wrote */

/* progress.c: a bar on a terminal */
typedef struct progress {
    const char *label;
    bool wanted, shown;
    bool counts;       /* things, not bytes */
    const char *words; /* what is said in the place of figures; NULL: figures */
    int64_t began_ms, told_ms;
    uint64_t done, total;
    uint64_t before; /* done already when it was first told: of an earlier run */
    bool told;
} progress;
bool progress_is_able(void); /* a terminal that can clear a line */
/* hidden: the data itself goes to the terminal */
void progress_begin(progress *p, const cli *c, const char *label, bool hidden);
void progress_tell(void *user, uint64_t done,
                   uint64_t total); /* an envcrypt_progress_fn */
int progress_attach(progress *p, envcrypt_message_config *config);
/* Says how long it has been so; words: lives until the next call. */
void progress_say(progress *p, const char *words);
void progress_end(progress *p, bool good);

/* access.c */
int access_open_server(const cli *c, envcrypt_kube **out);

/* etcd.c */
bool etcd_is_url(const char *where);
/* where: a URL, a dump, a snapshot, or - */
int etcd_open(const cli *c, const char *where, envcrypt_etcd **out);
/* Of --etcd; *out NULL: without one. */
int etcd_open_wanted(const cli *c, envcrypt_etcd **out);
/* Of --etcd and args[file] exactly one. */
int etcd_open_source(const cli *c, size_t file, envcrypt_etcd **out);
#define ETCD_VALUE_MAX 4194304 /* more than kube-apiserver stores */
/* The value of --raw; NULL: standard input. Freed by wipe_free(). */
int etcd_read_value(const char *path, unsigned char **out, size_t *size);
/* Without the line end by which etcdctl ends it; a value that ends so itself is whole only with it. */
size_t etcd_value_size(const unsigned char *value, size_t size);

/* journal.c: where an interrupted re-encryption goes on from */
/* *out: the folder where the library keeps it, which is made; NULL: by --journal, or none. */
int journal_folder(const cli *c, char **out);
/* The same folder, whether it is there or not; NULL: there is no home. Freed by the caller. */
int journal_place(char **out);

/* cluster.c: which cluster is meant */
typedef struct cluster_target {
    envcrypt_cluster *cluster;
    envcrypt_cluster_change *change;
} cluster_target;
/* By the command line; one: a cluster, else a place with clusters does too. Closed also after
 * a failure. */
int cluster_open(const cli *c, bool one, cluster_target *out);
/* A cluster in one of several Regions, by number; *more: there are further ones. */
int cluster_open_in(const cli *c, size_t region, bool *more, cluster_target *out);
/* Where the clusters are that may use a key. */
int cluster_open_place(const cli *c, const char *key, cluster_target *out);
void cluster_close(cluster_target *t);

/* cluster_change.c: what is wanted of it */
int cluster_set(const cluster_target *t, const char *name, const char *value);
int cluster_make_change(const cli *c, const cluster_target *t);
/* Two options that say the same; the exit code. */
int cluster_refuse_twice(const char *a, const char *b);

/* cluster_report.c: what is known of a cluster, for eyes and programs */
typedef enum cluster_part {
    CLUSTER_STANDING = 1, /* how it stands */
    CLUSTER_CHECKS = 2,
    CLUSTER_REFUSALS = 4, /* only the checks that refuse */
    CLUSTER_STEPS = 8,
    CLUSTER_UPDATE = 16, /* the provider's change */
    CLUSTER_SECRETS = 32,
    CLUSTER_PROOF = 64,
    CLUSTER_NEXT = 128, /* what a person does next */
    CLUSTER_RUN = 256,  /* what was asked, when, how long which phase lasted */
    /* What is told at the end, and later by cluster report. */
    CLUSTER_REPORT = CLUSTER_STANDING | CLUSTER_RUN | CLUSTER_UPDATE | CLUSTER_SECRETS |
                     CLUSTER_PROOF
} cluster_part;
/* These parts for eyes, or {"event": "report", "report": {…}}. */
int cluster_tell(const cli *c, const char *event, const envcrypt_cluster_report *report,
                 unsigned parts);
/* How many checks refuse. */
size_t cluster_refusals(const envcrypt_cluster_report *report);

/* cluster_rescue.c: keys that a destructive proof left disabled; before anything else. The exit
 * code of one that stays disabled, where the command must not go on. */
int cluster_rescue(const cli *c);

/* cluster_watch.c: what hears of a change of a cluster */
typedef struct cluster_watch {
    const cli *cli;
    progress bar;
    bool begun;
    int32_t phase;
    int64_t began_ms, told_ms;
    char detail[256]; /* the provider's words, as told last */
} cluster_watch;
int32_t cluster_hear(void *user, const envcrypt_cluster_report *so_far);

/* reencrypt.c: what a re-encryption found, for eyes */
int reencrypt_show(const cli *c, const envcrypt_reencrypt_report *report);
const char *reencrypt_mode_word(int32_t mode);
const char *reencrypt_outcome_word(int32_t outcome);

/* stream.c: messages through pipes */
int stream_encrypt(const cli *c, envcrypt_keyring *keyring,
                   envcrypt_message_config *config, const input *from, output *to);
int stream_decrypt(const cli *c, envcrypt_keyring *keyring,
                   const envcrypt_message_config *config, const input *from, output *to,
                   envcrypt_buffer **header); /* what the header says, as JSON */

/* header.c: what a file says about itself */
int header_read(const cli *c, const char *path, envcrypt_message_info **out);
int header_parse_age(cli *c);
/* Whether a rewrap to the keyring is due: ENVCRYPT_NO, _YES, _UNKNOWN. */
int header_due(const cli *c, const char *path, const envcrypt_message_info *info,
               envcrypt_keyring *keyring, int32_t *out);

/* files.c: names from the command line and from --files-from, and the share of one shard */
typedef struct files {
    char *text; /* the names, each with its NUL */
    size_t size, room, count;
} files;
int files_collect(const cli *c, files *out);
/* The name behind this one, NULL: the first; NULL at the end. */
const char *files_next(const files *f, const char *name);
void files_free(files *f);

/* store.c: what the commands about key stores share */
int store_open(cli *c, bool verified, envcrypt_keystore **out);      /* args[0] */
int store_version(const char *text, char **name, uint32_t *version); /* NAME/VERSION */
const char *store_kind_word(int32_t kind);
const char *store_state_word(int32_t state);
const char *store_protector_word(int32_t type);

/* The commands. */
int run_encrypt(cli *c);
int run_decrypt(cli *c);
int run_cat(cli *c);
int run_inspect(cli *c);
int run_rewrap(cli *c);
int run_seal(cli *c);
int run_open(cli *c);
int run_completion(cli *c);
int run_keystore_create(cli *c);
int run_keystore_list(cli *c);
int run_keystore_add(cli *c);
int run_keystore_rotate(cli *c);
int run_keystore_enable(cli *c);
int run_keystore_disable(cli *c);
int run_keystore_destroy(cli *c);
int run_keystore_import(cli *c);
int run_keystore_protect(cli *c);
int run_keystore_unprotect(cli *c);
int run_keystore_recover(cli *c);
int run_keystore_check(cli *c);
int run_keystore_rewrap(cli *c);
int run_key_list(cli *c);
int run_key_describe(cli *c);
int run_key_create(cli *c);
int run_key_policy(cli *c);
int run_key_rotate(cli *c);
int run_key_check(cli *c);
int run_key_run(cli *c);
int run_key_disable(cli *c);
int run_key_enable(cli *c);
int run_key_schedule_deletion(cli *c);
int run_key_cancel_deletion(cli *c);
int run_cluster_list(cli *c);
int run_cluster_status(cli *c);
int run_cluster_keys(cli *c);
int run_cluster_permissions(cli *c);
int run_cluster_preflight(cli *c);
int run_cluster_plan(cli *c);
int run_cluster_create(cli *c);
int run_cluster_enable(cli *c);
int run_cluster_wait(cli *c);
int run_cluster_reencrypt(cli *c);
int run_cluster_verify(cli *c);
int run_cluster_rotate(cli *c);
int run_cluster_disable(cli *c);
int run_cluster_report(cli *c);
int run_secrets_reencrypt(cli *c);
int run_secrets_verify(cli *c);
int run_etcd_inspect(cli *c);
int run_etcd_census(cli *c);
int run_etcd_decrypt(cli *c);
int run_config_explain(cli *c);
int run_config_check(cli *c);
int run_config_generate(cli *c);

#endif
