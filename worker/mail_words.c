/* mail_words: see mail_words.h. */
#include "worker/mail_words.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* ---- which form a number takes ---- */

static enum mail_plural
one_is_one(uint32_t n)
{
	return n == 1 ? MAIL_ONE : MAIL_MANY;
}

/* French: nought is one as well. */
static enum mail_plural
below_two_is_one(uint32_t n)
{
	return n < 2 ? MAIL_ONE : MAIL_MANY;
}

/* Polish: 2 to 4, also 22 to 24, but not 12 to 14. */
static enum mail_plural
polish(uint32_t n)
{
	uint32_t ten = n % 10, hundred = n % 100;
	if (n == 1)
		return MAIL_ONE;
	return ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14) ? MAIL_FEW : MAIL_MANY;
}

#define TWO(one, many)                \
	{                             \
		(one), (many), (many) \
	}
#define UNITS(s1, s, m1, m, h1, h)                 \
	{                                          \
		TWO(s1, s), TWO(m1, m), TWO(h1, h) \
	}

/* ---- the rows ---- */

/* clang-format off */
static const struct mail_words rows[] = {
	{
		.language = "en", .plural = one_is_one,
		.units = UNITS("second", "seconds", "minute", "minutes", "hour", "hours"),
		.months = { "January", "February", "March", "April", "May", "June", "July",
			    "August", "September", "October", "November", "December" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Voice Mail from {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Voice Mail ({length})",
			[MAIL_MISSED_SUBJECT] = "Missed Call from {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Missed Call",
			[MAIL_FILE] = "{caller} ({length}) Voice Mail",
			[MAIL_FILE_UNKNOWN] = "({length}) Voice Mail",
			[MAIL_VOICE] = "You have a voice message from {caller}.",
			[MAIL_VOICE_UNKNOWN] = "You have a voice message from an unknown caller.",
			[MAIL_MISSED] = "You missed a call from {caller}.",
			[MAIL_MISSED_UNKNOWN] = "You missed a call from an unknown caller.",
			[MAIL_UNKNOWN] = "Unknown caller",
			[MAIL_LABEL_CALLER] = "Caller",
			[MAIL_LABEL_NUMBER] = "Number",
			[MAIL_LABEL_FOR] = "For",
			[MAIL_LABEL_TIME] = "Time",
			[MAIL_LABEL_LENGTH] = "Length",
			[MAIL_IMPORTANT] = "The caller marked this message as important.",
			[MAIL_PRIVATE] = "The caller marked this message as private.",
			[MAIL_INTERRUPTED] =
				"The recording was interrupted: its end may be missing.",
			[MAIL_TIME] = "{day} {month} {year}, {hour}:{minute}",
		},
	},
	{
		.language = "de", .plural = one_is_one,
		.units = UNITS("Sekunde", "Sekunden", "Minute", "Minuten", "Stunde", "Stunden"),
		.months = { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
			    "August", "September", "Oktober", "November", "Dezember" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Sprachnachricht von {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Sprachnachricht ({length})",
			[MAIL_MISSED_SUBJECT] = "Verpasster Anruf von {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Verpasster Anruf",
			[MAIL_FILE] = "{caller} ({length}) Sprachnachricht",
			[MAIL_FILE_UNKNOWN] = "({length}) Sprachnachricht",
			[MAIL_VOICE] = "Sie haben eine Sprachnachricht von {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"Sie haben eine Sprachnachricht von einem unbekannten Anrufer.",
			[MAIL_MISSED] = "Sie haben einen Anruf von {caller} verpasst.",
			[MAIL_MISSED_UNKNOWN] =
				"Sie haben einen Anruf von einem unbekannten Anrufer verpasst.",
			[MAIL_UNKNOWN] = "Unbekannter Anrufer",
			[MAIL_LABEL_CALLER] = "Anrufer",
			[MAIL_LABEL_NUMBER] = "Rufnummer",
			[MAIL_LABEL_FOR] = "Für",
			[MAIL_LABEL_TIME] = "Zeit",
			[MAIL_LABEL_LENGTH] = "Länge",
			[MAIL_IMPORTANT] =
				"Der Anrufer hat diese Nachricht als wichtig gekennzeichnet.",
			[MAIL_PRIVATE] =
				"Der Anrufer hat diese Nachricht als privat gekennzeichnet.",
			[MAIL_INTERRUPTED] =
				"Die Aufnahme wurde unterbrochen: ihr Ende kann fehlen.",
			[MAIL_TIME] = "{day}. {month} {year}, {hour}:{minute}",
		},
	},
	{
		.language = "fr", .plural = below_two_is_one,
		.units = UNITS("seconde", "secondes", "minute", "minutes", "heure", "heures"),
		.months = { "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
			    "août", "septembre", "octobre", "novembre", "décembre" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Message vocal de {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Message vocal ({length})",
			[MAIL_MISSED_SUBJECT] = "Appel manqué de {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Appel manqué",
			[MAIL_FILE] = "{caller} ({length}) Message vocal",
			[MAIL_FILE_UNKNOWN] = "({length}) Message vocal",
			[MAIL_VOICE] = "Vous avez un message vocal de {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"Vous avez un message vocal d'un correspondant inconnu.",
			[MAIL_MISSED] = "Vous avez manqué un appel de {caller}.",
			[MAIL_MISSED_UNKNOWN] =
				"Vous avez manqué un appel d'un correspondant inconnu.",
			[MAIL_UNKNOWN] = "Correspondant inconnu",
			[MAIL_LABEL_CALLER] = "Appelant",
			[MAIL_LABEL_NUMBER] = "Numéro",
			[MAIL_LABEL_FOR] = "Pour",
			[MAIL_LABEL_TIME] = "Heure",
			[MAIL_LABEL_LENGTH] = "Durée",
			[MAIL_IMPORTANT] = "L'appelant a marqué ce message comme important.",
			[MAIL_PRIVATE] = "L'appelant a marqué ce message comme privé.",
			[MAIL_INTERRUPTED] = "L'enregistrement a été interrompu\u00a0: "
					     "la fin peut manquer.",
			[MAIL_TIME] = "{day} {month} {year}, {hour}:{minute}",
		},
	},
	{
		.language = "es", .plural = one_is_one,
		.units = UNITS("segundo", "segundos", "minuto", "minutos", "hora", "horas"),
		.months = { "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
			    "agosto", "septiembre", "octubre", "noviembre", "diciembre" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Mensaje de voz de {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Mensaje de voz ({length})",
			[MAIL_MISSED_SUBJECT] = "Llamada perdida de {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Llamada perdida",
			[MAIL_FILE] = "{caller} ({length}) Mensaje de voz",
			[MAIL_FILE_UNKNOWN] = "({length}) Mensaje de voz",
			[MAIL_VOICE] = "Tiene un mensaje de voz de {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"Tiene un mensaje de voz de un número desconocido.",
			[MAIL_MISSED] = "Tiene una llamada perdida de {caller}.",
			[MAIL_MISSED_UNKNOWN] =
				"Tiene una llamada perdida de un número desconocido.",
			[MAIL_UNKNOWN] = "Número desconocido",
			[MAIL_LABEL_CALLER] = "Autor de la llamada",
			[MAIL_LABEL_NUMBER] = "Número",
			[MAIL_LABEL_FOR] = "Para",
			[MAIL_LABEL_TIME] = "Hora",
			[MAIL_LABEL_LENGTH] = "Duración",
			[MAIL_IMPORTANT] =
				"El autor de la llamada marcó este mensaje como importante.",
			[MAIL_PRIVATE] =
				"El autor de la llamada marcó este mensaje como privado.",
			[MAIL_INTERRUPTED] =
				"La grabación se interrumpió: puede faltar el final.",
			[MAIL_TIME] = "{day} de {month} de {year}, {hour}:{minute}",
		},
	},
	{
		.language = "it", .plural = one_is_one,
		.units = UNITS("secondo", "secondi", "minuto", "minuti", "ora", "ore"),
		.months = { "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
			    "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Messaggio vocale da {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Messaggio vocale ({length})",
			[MAIL_MISSED_SUBJECT] = "Chiamata persa da {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Chiamata persa",
			[MAIL_FILE] = "{caller} ({length}) Messaggio vocale",
			[MAIL_FILE_UNKNOWN] = "({length}) Messaggio vocale",
			[MAIL_VOICE] = "Ha ricevuto un messaggio vocale da {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"Ha ricevuto un messaggio vocale da un numero sconosciuto.",
			[MAIL_MISSED] = "Ha una chiamata persa da {caller}.",
			[MAIL_MISSED_UNKNOWN] =
				"Ha una chiamata persa da un numero sconosciuto.",
			[MAIL_UNKNOWN] = "Numero sconosciuto",
			[MAIL_LABEL_CALLER] = "Chiamante",
			[MAIL_LABEL_NUMBER] = "Numero",
			[MAIL_LABEL_FOR] = "Per",
			[MAIL_LABEL_TIME] = "Ora",
			[MAIL_LABEL_LENGTH] = "Durata",
			[MAIL_IMPORTANT] =
				"Il chiamante ha contrassegnato il messaggio come importante.",
			[MAIL_PRIVATE] =
				"Il chiamante ha contrassegnato il messaggio come privato.",
			[MAIL_INTERRUPTED] =
				"La registrazione è stata interrotta: può mancare la fine.",
			[MAIL_TIME] = "{day} {month} {year}, {hour}:{minute}",
		},
	},
	{
		.language = "nl", .plural = one_is_one,
		.units = UNITS("seconde", "seconden", "minuut", "minuten", "uur", "uur"),
		.months = { "januari", "februari", "maart", "april", "mei", "juni", "juli",
			    "augustus", "september", "oktober", "november", "december" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Spraakbericht van {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Spraakbericht ({length})",
			[MAIL_MISSED_SUBJECT] = "Gemiste oproep van {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Gemiste oproep",
			[MAIL_FILE] = "{caller} ({length}) Spraakbericht",
			[MAIL_FILE_UNKNOWN] = "({length}) Spraakbericht",
			[MAIL_VOICE] = "U hebt een spraakbericht van {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"U hebt een spraakbericht van een onbekende beller.",
			[MAIL_MISSED] = "U hebt een oproep van {caller} gemist.",
			[MAIL_MISSED_UNKNOWN] =
				"U hebt een oproep van een onbekende beller gemist.",
			[MAIL_UNKNOWN] = "Onbekende beller",
			[MAIL_LABEL_CALLER] = "Beller",
			[MAIL_LABEL_NUMBER] = "Nummer",
			[MAIL_LABEL_FOR] = "Voor",
			[MAIL_LABEL_TIME] = "Tijd",
			[MAIL_LABEL_LENGTH] = "Duur",
			[MAIL_IMPORTANT] =
				"De beller heeft dit bericht als belangrijk gemarkeerd.",
			[MAIL_PRIVATE] = "De beller heeft dit bericht als privé gemarkeerd.",
			[MAIL_INTERRUPTED] =
				"De opname is onderbroken: het einde kan ontbreken.",
			[MAIL_TIME] = "{day} {month} {year}, {hour}:{minute}",
		},
	},
	{
		.language = "pt", .plural = below_two_is_one,
		.units = UNITS("segundo", "segundos", "minuto", "minutos", "hora", "horas"),
		.months = { "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho",
			    "agosto", "setembro", "outubro", "novembro", "dezembro" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Mensagem de voz de {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Mensagem de voz ({length})",
			[MAIL_MISSED_SUBJECT] = "Chamada perdida de {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Chamada perdida",
			[MAIL_FILE] = "{caller} ({length}) Mensagem de voz",
			[MAIL_FILE_UNKNOWN] = "({length}) Mensagem de voz",
			[MAIL_VOICE] = "Tem uma mensagem de voz de {caller}.",
			[MAIL_VOICE_UNKNOWN] =
				"Tem uma mensagem de voz de um número desconhecido.",
			[MAIL_MISSED] = "Tem uma chamada perdida de {caller}.",
			[MAIL_MISSED_UNKNOWN] =
				"Tem uma chamada perdida de um número desconhecido.",
			[MAIL_UNKNOWN] = "Número desconhecido",
			[MAIL_LABEL_CALLER] = "Autor da chamada",
			[MAIL_LABEL_NUMBER] = "Número",
			[MAIL_LABEL_FOR] = "Para",
			[MAIL_LABEL_TIME] = "Hora",
			[MAIL_LABEL_LENGTH] = "Duração",
			[MAIL_IMPORTANT] =
				"O autor da chamada marcou esta mensagem como importante.",
			[MAIL_PRIVATE] =
				"O autor da chamada marcou esta mensagem como privada.",
			[MAIL_INTERRUPTED] =
				"A gravação foi interrompida: o fim pode faltar.",
			[MAIL_TIME] = "{day} de {month} de {year}, {hour}:{minute}",
		},
	},
	{
		.language = "pl", .plural = polish,
		.units = { { "sekunda", "sekundy", "sekund" }, { "minuta", "minuty", "minut" },
			   { "godzina", "godziny", "godzin" } },
		.months = { "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca",
			    "sierpnia", "września", "października", "listopada", "grudnia" },
		.cells = {
			[MAIL_VOICE_SUBJECT] = "Wiadomość głosowa od {caller} ({length})",
			[MAIL_VOICE_SUBJECT_UNKNOWN] = "Wiadomość głosowa ({length})",
			[MAIL_MISSED_SUBJECT] = "Nieodebrane połączenie od {caller}",
			[MAIL_MISSED_SUBJECT_UNKNOWN] = "Nieodebrane połączenie",
			[MAIL_FILE] = "{caller} ({length}) Wiadomość głosowa",
			[MAIL_FILE_UNKNOWN] = "({length}) Wiadomość głosowa",
			[MAIL_VOICE] = "Masz wiadomość głosową od {caller}.",
			[MAIL_VOICE_UNKNOWN] = "Masz wiadomość głosową z nieznanego numeru.",
			[MAIL_MISSED] = "Masz nieodebrane połączenie od {caller}.",
			[MAIL_MISSED_UNKNOWN] =
				"Masz nieodebrane połączenie z nieznanego numeru.",
			[MAIL_UNKNOWN] = "Nieznany numer",
			[MAIL_LABEL_CALLER] = "Dzwoniący",
			[MAIL_LABEL_NUMBER] = "Numer",
			[MAIL_LABEL_FOR] = "Dla",
			[MAIL_LABEL_TIME] = "Czas",
			[MAIL_LABEL_LENGTH] = "Długość",
			[MAIL_IMPORTANT] =
				"Dzwoniący oznaczył tę wiadomość jako ważną.",
			[MAIL_PRIVATE] =
				"Dzwoniący oznaczył tę wiadomość jako prywatną.",
			[MAIL_INTERRUPTED] =
				"Nagranie zostało przerwane: może brakować zakończenia.",
			[MAIL_TIME] = "{day} {month} {year}, {hour}:{minute}",
		},
	},
};
/* clang-format on */

/* Cultures that write the time in another way than the rest of their language. */
static const struct {
	const char *culture, *time;
} times[] = {
    {"en-US", "{month} {day}, {year}, {hour12}:{minute} {half}"},
    {"en-CA", "{month} {day}, {year}, {hour12}:{minute} {half}"},
};

const struct mail_words *
mail_words_row(unsigned i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct mail_words *
mail_words_of(const char *culture)
{
	const struct mail_words *w;
	size_t n = strcspn(culture, "-_");
	for (unsigned i = 0; (w = mail_words_row(i)) != NULL; i++)
		if (n == strlen(w->language) && strncasecmp(culture, w->language, n) == 0)
			return w;
	return &rows[0];
}

const char *
mail_words_time(const char *culture)
{
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcasecmp(culture, times[i].culture) == 0)
			return times[i].time;
	return mail_words_of(culture)->cells[MAIL_TIME];
}
