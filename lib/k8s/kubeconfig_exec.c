/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_exec.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "codec/jnumber.h"
#include "codec/jwrite.h"
#include "codec/yaml_scalar.h"

#define GROUP "client.authentication.k8s.io/"

static int
refuse(const evc_kubeconfig_place *user, const evc_yaml *exec, const char *why,
       evc_error **err)
{
    return evc_kubeconfig_refuse(user, exec, ENVCRYPT_E_KUBECONFIG, why, err);
}

/* --- what is run ------------------------------------------------------------------ */

/* Without a slash it is looked for in PATH; else it is a path like all others. */
static int
read_command(const evc_kubeconfig_place *user, const evc_yaml *exec, evc_exec_spec *out,
             evc_error **err)
{
    const char *command = NULL;
    int rc = evc_kubeconfig_text(user, exec, "command", &command, err);

    if (rc)
        return rc;
    if (!command)
        return refuse(user, exec, "exec names no command", err);
    if (strchr(command, '/'))
        return evc_kubeconfig_resolve(user, command, &out->command, err);
    return evc_text_set(&out->command, command, err);
}

static int
read_args(const evc_kubeconfig_place *user, const evc_yaml *exec, evc_exec_spec *out,
          evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_kubeconfig_list(user, exec, "args", &list, err);
    size_t count = evc_yaml_count(list);

    if (rc)
        return rc;
    if (count > EVC_KUBE_ARGS_MAX)
        return refuse(user, list, "the program has more than 256 arguments", err);
    out->args = evc_mem_new_array(count + 1, sizeof(*out->args));
    if (!out->args)
        return evc_err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;

        rc = evc_kubeconfig_item(user, list, i, &text, err);
        if (rc)
            return rc;
        out->args[i] = evc_mem_strdup(text);
        if (!out->args[i])
            return evc_err_nomem(err);
        out->arg_count = i + 1;
    }
    return 0;
}

static int
add_variable(const evc_kubeconfig_place *user, const evc_yaml *at, evc_exec_spec *out,
             evc_error **err)
{
    const char *name = NULL;
    const char *value = "";
    int rc;

    if (evc_yaml_kind_of(at) != EVC_YAML_MAP)
        return refuse(user, at, "a variable of exec is no mapping of name and value",
                      err);
    rc = evc_kubeconfig_text(user, at, "name", &name, err);
    if (rc == 0)
        rc = evc_kubeconfig_text(user, at, "value", &value, err);
    if (rc)
        return rc;
    if (!name || strchr(name, '='))
        return refuse(user, at, "a variable of exec has no name, or = in it", err);
    return evc_kv_set(&out->env, evc_view_text(name), evc_view_text(value), err);
}

static int
read_env(const evc_kubeconfig_place *user, const evc_yaml *exec, evc_exec_spec *out,
         evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_kubeconfig_list(user, exec, "env", &list, err);

    if (rc == 0 && evc_yaml_count(list) > EVC_KUBE_ARGS_MAX)
        rc = refuse(user, list, "the program has more than 256 variables", err);
    for (size_t i = 0; rc == 0 && i < evc_yaml_count(list); i++)
        rc = add_variable(user, evc_yaml_at(list, i), out, err);
    return rc;
}

/* --- how -------------------------------------------------------------------------- */

static int
read_version(const evc_kubeconfig_place *user, const evc_yaml *exec, evc_exec_spec *out,
             evc_error **err)
{
    const char *version = "";
    int rc = evc_kubeconfig_text(user, exec, "apiVersion", &version, err);

    if (rc)
        return rc;
    out->v1 = strcmp(version, GROUP "v1") == 0;
    if (out->v1 || strcmp(version, GROUP "v1beta1") == 0)
        return 0;
    if (strcmp(version, GROUP "v1alpha1") == 0)
        return refuse(user, evc_yaml_get(exec, "apiVersion"),
                      "v1alpha1 of the protocol of credential plugins is gone since "
                      "Kubernetes 1.24; update the program, and let it write the "
                      "kubeconfig anew",
                      err);
    return refuse(user, exec,
                  "apiVersion of exec is neither client.authentication.k8s.io/v1 nor "
                  "v1beta1",
                  err);
}

/* Our programs have no terminal to give away. */
static int
read_mode(const evc_kubeconfig_place *user, const evc_yaml *exec, bool v1,
          evc_error **err)
{
    const char *mode = v1 ? "" : "IfAvailable";
    int rc = evc_kubeconfig_text(user, exec, "interactiveMode", &mode, err);

    if (rc || strcmp(mode, "Never") == 0 || strcmp(mode, "IfAvailable") == 0)
        return rc;
    if (strcmp(mode, "Always") == 0)
        return refuse(user, exec,
                      "the program of exec wants to talk with somebody "
                      "(interactiveMode Always), and nobody is there; run it yourself, "
                      "and give the token that it writes",
                      err);
    return refuse(user, exec, "interactiveMode of exec is Never or IfAvailable", err);
}

/* The cluster's name in what aws and aws-iam-authenticator are called with; or NULL. */
static const char *
eks_cluster(const evc_exec_spec *spec)
{
    const char *slash = strrchr(spec->command, '/');
    const char *program = slash ? &slash[1] : spec->command;
    bool aws = strcmp(program, "aws") == 0;

    if (!aws && strcmp(program, "aws-iam-authenticator") != 0)
        return NULL;
    for (size_t i = 0; i + 1 < spec->arg_count; i++) {
        const char *arg = spec->args[i];

        if (strcmp(arg, "--cluster-name") == 0 || strcmp(arg, "--cluster-id") == 0 ||
            (!aws && strcmp(arg, "-i") == 0))
            return spec->args[i + 1];
    }
    return NULL;
}

static int
refuse_to_run(const evc_kubeconfig_place *user, const evc_yaml *exec,
              const evc_exec_spec *spec, evc_error **err)
{
    const char *cluster = eks_cluster(spec);
    char program[EVC_SHOWN];
    char name[EVC_SHOWN];
    evc_buf why;
    int rc;

    evc_encode_shown(evc_view_text(spec->command), program);
    evc_encode_shown(evc_view_text(cluster), name);
    evc_buf_init(&why);
    evc_buf_put_format(&why,
                       "it gets its credentials by running %s, which was not allowed; "
                       "allow it (option allow-exec) if you trust this file",
                       program);
    if (cluster)
        evc_buf_put_format(&why,
                           ", or set eks-cluster to %s, and tokens are made without "
                           "that program",
                           name);
    evc_buf_put_u8(&why, 0);
    rc = evc_buf_check(&why, err);
    if (rc == 0)
        rc = evc_kubeconfig_refuse(user, exec, ENVCRYPT_E_KUBE_EXEC,
                                   (const char *)why.data, err);
    evc_buf_reset(&why);
    return rc;
}

static int
set_user(const evc_kubeconfig_place *user, evc_exec_spec *out, evc_error **err)
{
    evc_buf text;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "user %s of %s", user->name, user->path);
    return evc_text_take(&out->user, &text, err);
}

int
evc_kubeconfig_exec_read(const evc_kubeconfig_place *user, const evc_yaml *exec,
                         bool allowed, evc_exec_spec *out, evc_error **err)
{
    int rc = read_command(user, exec, out, err);

    if (rc == 0)
        rc = read_args(user, exec, out, err);
    if (rc == 0 && !allowed)
        rc = refuse_to_run(user, exec, out, err);
    if (rc == 0)
        rc = read_env(user, exec, out, err);
    if (rc == 0)
        rc = read_version(user, exec, out, err);
    if (rc == 0)
        rc = read_mode(user, exec, out->v1, err);
    if (rc == 0)
        rc = evc_kubeconfig_copy(user, exec, "installHint", &out->hint, err);
    if (rc == 0)
        rc = evc_kubeconfig_bool(user, exec, "provideClusterInfo",
                                 &out->provide_cluster, err);
    return rc == 0 ? set_user(user, out, err) : rc;
}

/* --- what the cluster says to it -------------------------------------------------- */

/* False: a number that JSON has no form for. */
static bool
put_scalar(evc_jwrite *w, const evc_yaml *node)
{
    size_t size = 0;
    const char *text = evc_yaml_text(node, &size);
    evc_view view = evc_view_of(text, size);
    evc_yaml_scalar kind = !text ? EVC_YAML_SCALAR_NULL : EVC_YAML_SCALAR_TEXT;

    if (text && evc_yaml_is_plain(node))
        kind = evc_yaml_scalar_of(view);
    switch (kind) {
    case EVC_YAML_SCALAR_TEXT:
        evc_jwrite_view(w, view);
        return true;
    case EVC_YAML_SCALAR_NULL:
        evc_jwrite_null(w);
        return true;
    case EVC_YAML_SCALAR_TRUE:
    case EVC_YAML_SCALAR_FALSE:
        evc_jwrite_bool(w, kind == EVC_YAML_SCALAR_TRUE);
        return true;
    case EVC_YAML_SCALAR_NUMBER:
        break;
    }
    if (evc_jnumber_refusal(view))
        return false;
    evc_jwrite_json(w, view);
    return true;
}

typedef struct level {
    const evc_yaml *node;
    size_t next;
} level;

static bool
is_deep(const evc_yaml *node)
{
    return evc_yaml_kind_of(node) == EVC_YAML_MAP ||
           evc_yaml_kind_of(node) == EVC_YAML_LIST;
}

static void
enter(evc_jwrite *w, level *at, const evc_yaml *node)
{
    *at = (level){node, 0};
    if (evc_yaml_kind_of(node) == EVC_YAML_MAP)
        evc_jwrite_object(w);
    else
        evc_jwrite_array(w);
}

/* A map or list, without calling itself. NULL, or why it cannot be written. */
static const char *
put_tree(evc_jwrite *w, const evc_yaml *root)
{
    level levels[EVC_JWRITE_MAX_DEPTH];
    size_t depth = 1;

    enter(w, &levels[0], root);
    while (depth > 0) {
        level *at = &levels[depth - 1];
        const evc_yaml *child = evc_yaml_at(at->node, at->next);

        if (at->next == evc_yaml_count(at->node)) {
            evc_jwrite_end(w);
            depth--;
            continue;
        }
        if (evc_yaml_kind_of(at->node) == EVC_YAML_MAP)
            evc_jwrite_name(w, evc_yaml_name_at(at->node, at->next));
        at->next++;
        if (!is_deep(child)) {
            if (!put_scalar(w, child))
                return "what it says to the program of exec has a number that JSON "
                       "does not know";
        } else if (depth == EVC_JWRITE_MAX_DEPTH) {
            return "what it says to the program of exec is nested too deeply";
        } else {
            enter(w, &levels[depth++], child);
        }
    }
    return NULL;
}

static int
put_config(const evc_kubeconfig_place *cluster, const evc_yaml *node, char **out,
           evc_error **err)
{
    const char *why = "what it says to the program of exec is neither map nor list";
    evc_jwrite w;
    evc_buf text;
    int rc = 0;

    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        return 0;
    evc_buf_init(&text);
    if (is_deep(node)) {
        evc_jwrite_begin(&w, &text, false);
        why = put_tree(&w, node);
        if (!why)
            rc = evc_jwrite_finish(&w, err);
    }
    if (why)
        rc = evc_kubeconfig_refuse(cluster, node, ENVCRYPT_E_KUBECONFIG, why, err);
    if (rc == 0)
        return evc_text_take(out, &text, err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_kubeconfig_exec_config(const evc_kubeconfig_place *cluster, evc_exec_spec *out,
                           evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_kubeconfig_list(cluster, cluster->node, "extensions", &list, err);

    for (size_t i = 0; rc == 0 && i < evc_yaml_count(list); i++) {
        const evc_yaml *at = evc_yaml_at(list, i);
        const char *name = evc_yaml_text(evc_yaml_get(at, "name"), NULL);

        if (name && strcmp(name, GROUP "exec") == 0)
            return put_config(cluster, evc_yaml_get(at, "extension"), &out->config,
                              err);
    }
    return rc;
}
