/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/exec_plugin.h"

#include <string.h>

#include "base/mem.h"
#include "base/process.h"
#include "base/utf8.h"
#include "k8s/exec_credential.h"
#include "net/pem_file.h"

struct evc_exec_plugin {
    const char **argv; /* NULL-ended; into what follows */
    const char **env;  /* NULL-ended; into texts */
    char **texts;      /* "NAME=value" */
    size_t text_count;
    char **args; /* copies: the program and its arguments */
    size_t arg_count;
    char *hint; /* cut and printable; "" = none */
    char *user;
    bool v1;
};

/* --- opening ---------------------------------------------------------------------- */

/* On one line, without what is a command to a terminal; the kubeconfig's author may be
 * anybody. */
static int
keep_hint(evc_exec_plugin *plugin, const char *hint, evc_error **err)
{
    size_t size = hint ? strlen(hint) : 0;

    while (size > EVC_EXEC_HINT_MAX ||
           (size && size < strlen(hint) && ((unsigned char)hint[size] & 0xc0) == 0x80))
        size = size > EVC_EXEC_HINT_MAX ? EVC_EXEC_HINT_MAX : size - 1;
    plugin->hint = evc_mem_text(hint, size);
    if (!plugin->hint)
        return evc_err_nomem(err);
    for (char *c = plugin->hint; *c; c++) {
        if (*c == '\n' || *c == '\t' || *c == '\r')
            *c = ' ';
    }
    evc_utf8_clean(plugin->hint);
    return 0;
}

static int
keep_args(evc_exec_plugin *plugin, const evc_exec_spec *spec, evc_error **err)
{
    plugin->args = evc_mem_new_array(spec->arg_count + 1, sizeof(*plugin->args));
    plugin->argv = evc_mem_new_array(spec->arg_count + 2, sizeof(*plugin->argv));
    if (!plugin->args || !plugin->argv)
        return evc_err_nomem(err);
    for (size_t i = 0; i <= spec->arg_count; i++) {
        plugin->args[i] = evc_mem_strdup(i == 0 ? spec->command : spec->args[i - 1]);
        if (!plugin->args[i])
            return evc_err_nomem(err);
        plugin->arg_count = i + 1;
        plugin->argv[i] = plugin->args[i];
    }
    return 0;
}

static int
add_text(evc_exec_plugin *plugin, evc_view name, evc_view value, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_view(&text, name);
    evc_buf_put_u8(&text, '=');
    evc_buf_put_view(&text, value);
    rc = evc_text_take(&plugin->texts[plugin->text_count], &text, err);
    if (rc)
        return rc;
    plugin->env[plugin->text_count] = plugin->texts[plugin->text_count];
    plugin->text_count++;
    return 0;
}

/* What the plugin is told of the authorities is their PEM text, also where it is a file. */
static int
read_ca(const evc_kube_access *access, evc_buf *out, evc_error **err)
{
    if (!access->exec.provide_cluster)
        return 0;
    if (access->ca_pem)
        evc_buf_put_text(out, access->ca_pem);
    else if (access->ca_file)
        return evc_pem_file_read_authorities(access->ca_file, out, err);
    return evc_buf_check(out, err);
}

static int
add_info(evc_exec_plugin *plugin, const evc_kube_access *access, evc_error **err)
{
    evc_buf ca;
    evc_buf info;
    int rc;

    evc_buf_init(&ca);
    evc_buf_init(&info);
    rc = read_ca(access, &ca, err);
    if (rc == 0)
        rc = evc_exec_credential_write(access, evc_buf_view(&ca), &info, err);
    if (rc == 0)
        rc = add_text(plugin, evc_view_text("KUBERNETES_EXEC_INFO"),
                      evc_buf_view(&info), err);
    evc_buf_reset(&info);
    evc_buf_reset(&ca);
    return rc;
}

static int
keep_env(evc_exec_plugin *plugin, const evc_kube_access *access, evc_error **err)
{
    const evc_kv *env = &access->exec.env;
    int rc = 0;

    plugin->texts = evc_mem_new_array(env->count + 1, sizeof(*plugin->texts));
    plugin->env = evc_mem_new_array(env->count + 2, sizeof(*plugin->env));
    if (!plugin->texts || !plugin->env)
        return evc_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < env->count; i++)
        rc = add_text(plugin, env->pairs[i].name, env->pairs[i].value, err);
    return rc == 0 ? add_info(plugin, access, err) : rc;
}

int
evc_exec_plugin_open(const evc_kube_access *access, evc_exec_plugin **out,
                     evc_error **err)
{
    evc_exec_plugin *plugin = evc_mem_new(sizeof(*plugin));
    int rc;

    *out = NULL;
    if (!plugin)
        return evc_err_nomem(err);
    plugin->v1 = access->exec.v1;
    rc = evc_text_set(&plugin->user, access->exec.user, err);
    if (rc == 0)
        rc = keep_hint(plugin, access->exec.hint, err);
    if (rc == 0)
        rc = keep_args(plugin, &access->exec, err);
    if (rc == 0)
        rc = keep_env(plugin, access, err);
    if (rc) {
        evc_exec_plugin_close(plugin);
        return rc;
    }
    *out = plugin;
    return 0;
}

static void
free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_mem_free_wiped(texts[i], strlen(texts[i]));
    evc_mem_free(texts);
}

void
evc_exec_plugin_close(void *state)
{
    evc_exec_plugin *plugin = state;

    if (!plugin)
        return;
    evc_mem_free(plugin->argv);
    evc_mem_free(plugin->env);
    free_texts(plugin->texts, plugin->text_count);
    free_texts(plugin->args, plugin->arg_count);
    evc_mem_free(plugin->hint);
    evc_mem_free(plugin->user);
    evc_mem_free(plugin);
}

/* --- running ---------------------------------------------------------------------- */

static int
explain(const evc_exec_plugin *plugin, int code, evc_error **err)
{
    const char *program = plugin->argv[0];

    if (code == ENVCRYPT_E_FILE_NOT_FOUND)
        return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                            "the program %s, which the %s names for credentials, is "
                            "not there; install it or correct PATH%s%s",
                            program, plugin->user,
                            plugin->hint[0] ? "; the kubeconfig says: " : "",
                            plugin->hint);
    return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                        "the program %s, which the %s names for credentials, did not "
                        "give any",
                        program, plugin->user);
}

static int
run(const evc_exec_plugin *plugin, evc_wait *wait, evc_buf *output, evc_error **err)
{
    const evc_process process = {.argv = plugin->argv,
                                 .limit = EVC_EXEC_OUTPUT_MAX,
                                 .timeout_ms = EVC_EXEC_TIME_MS,
                                 .env = plugin->env};
    int status = 0;
    int rc = evc_process_run(&process, wait, output, &status, err);

    if (evc_process_was_cut(rc, wait))
        return rc;
    if (rc)
        return explain(plugin, rc, err);
    if (status)
        return evc_err(err, ENVCRYPT_E_CREDENTIALS_DOWN,
                       "the program %s, which the %s names for credentials, ended with "
                       "status %d; run it by hand to see why (it has no terminal here)",
                       plugin->argv[0], plugin->user, status);
    return 0;
}

int
evc_exec_plugin_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                      evc_creds **out, evc_error **err)
{
    const evc_exec_plugin *plugin = state;
    evc_buf output;
    int rc;

    (void)now_ms;
    evc_buf_init(&output);
    rc = run(plugin, wait, &output, err);
    if (rc == 0)
        rc = evc_exec_credential_read(&output, plugin->v1, plugin->user,
                                      evc_net_env(net)->arena, out, err);
    evc_buf_reset(&output);
    return rc;
}
