// The bare loop that `ke-agent rules test --journal` is measured against: every entry, its transport, time and text.
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

int main(int argc, char **argv) {
    sd_journal *journal;
    if (argc != 2 || sd_journal_open_directory(&journal, argv[1], 0) < 0) return 1;
    sd_journal_seek_head(journal);
    long entries = 0, bytes = 0;
    while (sd_journal_next(journal) > 0) {
        const void *data;
        size_t length;
        uint64_t time;
        if (sd_journal_get_data(journal, "_TRANSPORT", &data, &length) < 0) continue;
        sd_journal_get_realtime_usec(journal, &time);
        if (sd_journal_get_data(journal, "MESSAGE", &data, &length) >= 0) bytes += length;
        entries++;
    }
    printf("%ld entries, %ld bytes\n", entries, bytes);
    return 0;
}
