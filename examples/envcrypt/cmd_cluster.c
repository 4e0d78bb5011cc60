/* SPDX-License-Identifier: Apache-2.0 */
/* cluster list, status, keys, permissions, preflight, plan, report: what stands, what would be done,
 * what was done. */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

/* --- looking ---------------------------------------------------------------------- */

/* What a person does about clusters that are not well. */
static void
tell_advice(const envcrypt_table *answer)
{
    bool begun = false;

    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        const char *name = envcrypt_table_get(answer, row, "name");
        const char *region = envcrypt_table_get(answer, row, "region");
        const char *advice = envcrypt_table_get(answer, row, "what-to-do");
        char *line = name && *name && advice && *advice
                         ? text_format("%s%s%s: %s", region ? region : "",
                                       region && *region ? "/" : "", name, advice)
                         : NULL;

        if (line && !begun)
            say("\n");
        if (line)
            wrap_say(0, line);
        begun |= line != NULL;
        free(line);
    }
}

/* Rows without a name say what could not be looked at. */
static void
tell_unknown(const cli *c, const envcrypt_table *answer)
{
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        const char *name = envcrypt_table_get(answer, row, "name");
        const char *why = envcrypt_table_get(answer, row, "what-to-do");
        const char *region = envcrypt_table_get(answer, row, "region");

        if (!name || !*name)
            note(c, "could not be looked at: %s%s%s\n", region ? region : "",
                 region && *region ? ": " : "", why ? why : "");
    }
}

int
run_cluster_list(cli *c)
{
    static const char *const columns[] = {"name",      "region", "status", "encryption",
                                          "key-state", "health", "key",    NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    int32_t partial = 0;
    cluster_target t;
    int rc = cluster_open(c, false, &t);

    if (!rc)
        rc = check(envcrypt_cluster_list(t.cluster, c->cluster.uses, c->wait, &partial,
                                         &answer, &error),
                   &error, NULL);
    if (!rc)
        rc = table_tell(c, answer, columns);
    if (!rc && !c->json)
        tell_advice(answer);
    if (!rc && partial && !c->json)
        tell_unknown(c, answer);
    envcrypt_table_free(answer);
    cluster_close(&t);
    return rc ? rc : partial ? EXIT_PARTIAL : 0;
}

/* Row E12: where no key is, one is made first. */
static void
tell_no_key(const cli *c, const envcrypt_cluster *place)
{
    const char *uri = envcrypt_cluster_uri(place);
    const char *region = strstr(uri, "://") + 3;
    int size = (int)strcspn(region, "/,");

    note(c, "There is no key; one is made by:\n");
    if (strncmp(uri, "eks:", 4) == 0)
        note(c, "  envcrypt key create aws-kms://%.*s --alias alias/NAME\n", size,
             region);
    else if (strncmp(uri, "iks:", 4) == 0)
        note(c, "  envcrypt key create ibm-kp://REGION/INSTANCE --name NAME\n");
    else
        note(c, "  envcrypt key create alibaba-kms://%.*s\n", size, region);
}

int
run_cluster_keys(cli *c)
{
    static const char *const columns[] = {"id",      "aliases", "state", "usable",
                                          "why-not", "region",  "arn",   NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open(c, false, &t);

    if (!rc)
        rc = check(envcrypt_cluster_keys(t.cluster, t.change, c->wait, &answer, &error),
                   &error, NULL);
    if (!rc)
        rc = table_tell(c, answer, columns);
    if (!rc && envcrypt_table_rows(answer) == 0)
        tell_no_key(c, t.cluster);
    envcrypt_table_free(answer);
    cluster_close(&t);
    return rc;
}

static int
status_exit(int32_t standing)
{
    static const int exits[] = {
        [ENVCRYPT_CLUSTER_AS_WANTED] = EXIT_DONE,
        [ENVCRYPT_CLUSTER_DEFAULT_KEY] = EXIT_DEFAULT_KEY,
        [ENVCRYPT_CLUSTER_NOT_ENCRYPTED] = EXIT_NOT_ENCRYPTED,
        [ENVCRYPT_CLUSTER_OTHER_KEY] = EXIT_OTHER_KEY,
        [ENVCRYPT_CLUSTER_CHANGING] = EXIT_CHANGING,
        [ENVCRYPT_CLUSTER_DEGRADED] = EXIT_DEGRADED,
        [ENVCRYPT_CLUSTER_KEY_UNUSABLE] = EXIT_KEY_UNUSABLE,
        [ENVCRYPT_CLUSTER_UNSUPPORTED] = EXIT_CANNOT_ENCRYPT,
    };

    return standing >= 0 && (size_t)standing < sizeof exits / sizeof *exits
               ? exits[standing]
               : EXIT_MACHINE;
}

/* A look through Regions for clusters of one name. */
typedef struct search {
    size_t region; /* its number */
    bool more;     /* there are further ones */
    size_t found, failed;
    int code;    /* of the first cluster that is not as wanted */
    int failure; /* of the last Region that could not be looked at */
} search;

static bool
is_one_of_several(const search *s)
{
    return s->more || s->region > 0;
}

/* What nobody could look at is not as wanted. */
static bool
is_key_unseen(const envcrypt_cluster_report *report)
{
    const char *state = envcrypt_cluster_report_text(report, "key-state");

    return envcrypt_cluster_report_standing(report) == ENVCRYPT_CLUSTER_AS_WANTED &&
           state && strcmp(state, "unknown") == 0;
}

static int
tell_standing(const cli *c, const envcrypt_cluster_report *report, search *s)
{
    int rc;

    if (s->found++ > 0 && !c->json)
        say("\n");
    rc = cluster_tell(c, "report", report,
                      CLUSTER_STANDING | CLUSTER_UPDATE | CLUSTER_NEXT);
    if (!rc && !s->code)
        s->code = is_key_unseen(report)
                      ? EXIT_PARTIAL
                      : status_exit(envcrypt_cluster_report_standing(report));
    return rc;
}

/* A Region that has none is no failure, as long as another one has; one that cannot be looked
 * at keeps nobody from looking at the others. Takes the error. */
static int
pass_over(const cli *c, const cluster_target *t, envcrypt_error *error, search *s)
{
    int32_t code = envcrypt_error_code(error);
    bool ends = envcrypt_error_class(error) == ENVCRYPT_CLASS_CANCELED ||
                envcrypt_error_class(error) == ENVCRYPT_CLASS_NOMEM;

    if (code == ENVCRYPT_E_CLUSTER_NOT_FOUND) {
        note(c, "%s\n", envcrypt_error_message(error));
        envcrypt_error_free(error);
        return 0;
    }
    s->failure = check(code, &error, envcrypt_cluster_uri(t->cluster));
    if (ends)
        return s->failure;
    s->failed++;
    if (c->json)
        report_json(NULL, s->failure);
    return 0;
}

static int
look_in(const cli *c, search *s)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open_in(c, s->region, &s->more, &t);

    if (!rc) {
        rc = envcrypt_cluster_status(t.cluster, t.change, c->wait, &report, &error);
        if (rc && is_one_of_several(s))
            rc = pass_over(c, &t, error, s);
        else
            rc = rc ? check(rc, &error, NULL) : tell_standing(c, report, s);
    }
    envcrypt_cluster_report_free(report);
    cluster_close(&t);
    return rc;
}

int
run_cluster_status(cli *c)
{
    search s = {0};
    int rc;

    do
        rc = look_in(c, &s);
    while (!rc && s.more && ++s.region);
    if (rc)
        return rc;
    if (s.failed)
        return s.found ? EXIT_PARTIAL : s.failure;
    if (!s.found)
        return refuse(ENVCRYPT_E_CLUSTER_NOT_FOUND,
                      "no Region that was named has the cluster; see `envcrypt cluster "
                      "list`");
    return s.code;
}

/* What --for says. */
static int
planned_verb(const cli *c, int32_t *out)
{
    static const struct {
        const char *name;
        int32_t verb;
    } verbs[] = {
        {"enable", ENVCRYPT_CLUSTER_VERB_ENABLE},
        {"create", ENVCRYPT_CLUSTER_VERB_CREATE},
        {"rotate", ENVCRYPT_CLUSTER_VERB_ROTATE},
        {"disable", ENVCRYPT_CLUSTER_VERB_DISABLE},
    };
    const char *given = c->cluster.verb ? c->cluster.verb : "enable";

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        *out = verbs[i].verb;
        if (strcmp(given, verbs[i].name) == 0)
            return 0;
    }
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "--for is enable, create, rotate or disable, not %s", given);
}

typedef int look_fn(envcrypt_cluster *cluster, int32_t verb,
                    const envcrypt_cluster_change *change, envcrypt_wait *wait,
                    envcrypt_cluster_report **out, envcrypt_error **err);

static int
look_ahead(const cli *c, look_fn *look, unsigned parts)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int32_t verb = 0;
    cluster_target t = {.cluster = NULL};
    int rc = planned_verb(c, &verb);

    if (!rc)
        rc = cluster_open(c, true, &t);
    if (!rc)
        rc = check(look(t.cluster, verb, t.change, c->wait, &report, &error), &error,
                   NULL);
    if (!rc)
        rc = cluster_tell(c, "report", report, parts);
    if (!rc && cluster_refusals(report) > 0)
        rc = EXIT_POLICY;
    envcrypt_cluster_report_free(report);
    cluster_close(&t);
    return rc;
}

int
run_cluster_preflight(cli *c)
{
    return look_ahead(c, envcrypt_cluster_preflight, CLUSTER_CHECKS);
}

int
run_cluster_plan(cli *c)
{
    return look_ahead(c, envcrypt_cluster_plan, CLUSTER_CHECKS | CLUSTER_STEPS);
}

/* --- permissions ------------------------------------------------------------------ */

static int
show_policy(const cli *c, const cluster_target *t, int32_t verb)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_cluster_policy(t->cluster, verb, t->change, &text, &error),
                   &error, NULL);

    if (!rc && c->json) {
        json j = {0};

        json_open(&j, NULL, '{');
        json_text(&j, "policy", envcrypt_buffer_data(text));
        json_close(&j);
    } else if (!rc) {
        const char *policy = envcrypt_buffer_data(text);
        size_t size = envcrypt_buffer_size(text);

        say("%s%s", policy, size && policy[size - 1] == '\n' ? "" : "\n");
    }
    envcrypt_buffer_free(text);
    return rc;
}

/* Without which a change goes on, and tells less. */
static bool
is_optional(const envcrypt_table *answer, size_t row)
{
    const char *what = envcrypt_table_get(answer, row, "needed-for");

    return what && strncmp(what, "optional:", 9) == 0;
}

static int
show_permissions(const cli *c, const cluster_target *t, int32_t verb)
{
    static const char *const columns[] = {"has", "permission", "on", "needed-for",
                                          NULL};
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    size_t lacking = 0;
    int rc = check(envcrypt_cluster_permissions(t->cluster, verb, t->change, c->wait,
                                                &answer, &error),
                   &error, NULL);

    if (!rc)
        rc = table_tell(c, answer, columns);
    for (size_t row = 0; !rc && row < envcrypt_table_rows(answer); row++) {
        const char *has = envcrypt_table_get(answer, row, "has");
        const char *detail = envcrypt_table_get(answer, row, "detail");

        lacking += has && strcmp(has, "no") == 0 && !is_optional(answer, row);
        if (!c->json && has && strcmp(has, "yes") != 0 && detail && *detail)
            note(c, "%s: %s\n", envcrypt_table_get(answer, row, "permission"), detail);
    }
    envcrypt_table_free(answer);
    return rc ? rc : lacking ? EXIT_KEY : 0;
}

int
run_cluster_permissions(cli *c)
{
    cluster_target t = {.cluster = NULL};
    int32_t verb = 0;
    int rc = planned_verb(c, &verb);

    if (!rc)
        rc = cluster_open(c, !c->cluster.policy, &t);
    if (!rc)
        rc = c->cluster.policy ? show_policy(c, &t, verb)
                               : show_permissions(c, &t, verb);
    cluster_close(&t);
    return rc;
}

/* For programs as it was kept. */
static int
tell_kept(const cli *c, const envcrypt_buffer *text)
{
    envcrypt_cluster_report *report = NULL;
    envcrypt_error *error = NULL;
    int rc =
        check(envcrypt_cluster_report_read(envcrypt_buffer_data(text),
                                           envcrypt_buffer_size(text), &report, &error),
              &error, "the report that was kept");

    if (!rc && c->json)
        json_event("report", text);
    else if (!rc)
        rc = cluster_tell(c, "report", report, CLUSTER_REPORT | CLUSTER_NEXT);
    envcrypt_cluster_report_free(report);
    return rc;
}

int
run_cluster_report(cli *c)
{
    envcrypt_buffer *text = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open(c, true, &t);

    if (!rc)
        rc = check(envcrypt_cluster_latest_report(t.cluster, c->wait, &text, &error),
                   &error, NULL);
    if (!rc)
        rc = tell_kept(c, text);
    envcrypt_buffer_free(text);
    cluster_close(&t);
    return rc;
}
