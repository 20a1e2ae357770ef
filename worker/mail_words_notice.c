/* mail_words_notice: what a notice to the operator says; see mail_words.h. */
#include <stddef.h>
#include <string.h>

#include "worker/mail_words.h"

/* clang-format off */
static const struct mail_notice_words rows[] = {
	{
		.language = "en",
		.cells = {
			[MAIL_NOTICE_FROM] = "Voice Mail",
			[MAIL_NOTICE_EXPIRED] = "Message for {recipient} could not be delivered",
			[MAIL_NOTICE_EXPIRED_MANY] = "{count} messages could not be delivered",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"A message could not be delivered. It was tried for {length}, "
				"and is tried no more.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} messages could not be delivered. They were tried for "
				"{length}, and are tried no more.",
			[MAIL_NOTICE_AGAIN] = "Message for {recipient} was sent again",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} messages were sent again",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Nobody confirmed that a message arrived, so it was sent again. "
				"It may be in the mailbox twice.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Nobody confirmed that {count} messages arrived, so they were "
				"sent again. They may be in their mailboxes twice.",
			[MAIL_NOTICE_MORE] = "and {count} more",
			[MAIL_NOTICE_LABEL_REASON] = "Reason",
			[MAIL_NOTICE_LABEL_FILES] = "Files",
			[MAIL_NOTICE_LABEL_COMMAND] = "To deliver it",
		},
	},
	{
		.language = "de",
		.cells = {
			[MAIL_NOTICE_FROM] = "Sprachnachrichten",
			[MAIL_NOTICE_EXPIRED] =
				"Nachricht für {recipient} konnte nicht zugestellt werden",
			[MAIL_NOTICE_EXPIRED_MANY] =
				"{count} Nachrichten konnten nicht zugestellt werden",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Eine Nachricht konnte nicht zugestellt werden. Es wurde "
				"{length} lang versucht und wird nicht weiter versucht.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} Nachrichten konnten nicht zugestellt werden. Es wurde "
				"{length} lang versucht und wird nicht weiter versucht.",
			[MAIL_NOTICE_AGAIN] =
				"Nachricht für {recipient} wurde noch einmal gesendet",
			[MAIL_NOTICE_AGAIN_MANY] =
				"{count} Nachrichten wurden noch einmal gesendet",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Niemand hat bestätigt, dass eine Nachricht angekommen ist, "
				"daher wurde sie noch einmal gesendet. Sie kann doppelt im "
				"Postfach liegen.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Niemand hat bestätigt, dass {count} Nachrichten angekommen "
				"sind, daher wurden sie noch einmal gesendet. Sie können doppelt "
				"in den Postfächern liegen.",
			[MAIL_NOTICE_MORE] = "und {count} weitere",
			[MAIL_NOTICE_LABEL_REASON] = "Grund",
			[MAIL_NOTICE_LABEL_FILES] = "Dateien",
			[MAIL_NOTICE_LABEL_COMMAND] = "Zum Zustellen",
		},
	},
	{
		.language = "fr",
		.cells = {
			[MAIL_NOTICE_FROM] = "Messagerie vocale",
			[MAIL_NOTICE_EXPIRED] =
				"Le message pour {recipient} n'a pas pu être remis",
			[MAIL_NOTICE_EXPIRED_MANY] = "{count} messages n'ont pas pu être remis",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Un message n'a pas pu être remis. Les tentatives ont duré "
				"{length} et ont cessé.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} messages n'ont pas pu être remis. Les tentatives ont "
				"duré {length} et ont cessé.",
			[MAIL_NOTICE_AGAIN] =
				"Le message pour {recipient} a été envoyé à nouveau",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} messages ont été envoyés à nouveau",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Personne n'a confirmé l'arrivée d'un message, il a donc été "
				"envoyé à nouveau. Il peut se trouver deux fois dans la boîte.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Personne n'a confirmé l'arrivée de {count} messages, ils ont "
				"donc été envoyés à nouveau. Ils peuvent se trouver deux fois "
				"dans leurs boîtes.",
			[MAIL_NOTICE_MORE] = "et {count} de plus",
			[MAIL_NOTICE_LABEL_REASON] = "Raison",
			[MAIL_NOTICE_LABEL_FILES] = "Fichiers",
			[MAIL_NOTICE_LABEL_COMMAND] = "Pour le remettre",
		},
	},
	{
		.language = "es",
		.cells = {
			[MAIL_NOTICE_FROM] = "Buzón de voz",
			[MAIL_NOTICE_EXPIRED] = "El mensaje para {recipient} no se pudo entregar",
			[MAIL_NOTICE_EXPIRED_MANY] = "{count} mensajes no se pudieron entregar",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Un mensaje no se pudo entregar. Se intentó durante {length} y "
				"ya no se intenta más.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} mensajes no se pudieron entregar. Se intentó durante "
				"{length} y ya no se intenta más.",
			[MAIL_NOTICE_AGAIN] = "El mensaje para {recipient} se envió de nuevo",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} mensajes se enviaron de nuevo",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Nadie confirmó la llegada de un mensaje, por lo que se envió de "
				"nuevo. Puede estar dos veces en el buzón.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Nadie confirmó la llegada de {count} mensajes, por lo que se "
				"enviaron de nuevo. Pueden estar dos veces en sus buzones.",
			[MAIL_NOTICE_MORE] = "y {count} más",
			[MAIL_NOTICE_LABEL_REASON] = "Motivo",
			[MAIL_NOTICE_LABEL_FILES] = "Archivos",
			[MAIL_NOTICE_LABEL_COMMAND] = "Para entregarlo",
		},
	},
	{
		.language = "it",
		.cells = {
			[MAIL_NOTICE_FROM] = "Segreteria",
			[MAIL_NOTICE_EXPIRED] =
				"Il messaggio per {recipient} non è stato consegnato",
			[MAIL_NOTICE_EXPIRED_MANY] = "{count} messaggi non sono stati consegnati",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Un messaggio non è stato consegnato. I tentativi sono durati "
				"{length} e sono terminati.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} messaggi non sono stati consegnati. I tentativi sono "
				"durati {length} e sono terminati.",
			[MAIL_NOTICE_AGAIN] =
				"Il messaggio per {recipient} è stato inviato di nuovo",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} messaggi sono stati inviati di nuovo",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Nessuno ha confermato l'arrivo di un messaggio, perciò è stato "
				"inviato di nuovo. Può trovarsi due volte nella casella.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Nessuno ha confermato l'arrivo di {count} messaggi, perciò sono "
				"stati inviati di nuovo. Possono trovarsi due volte nelle "
				"caselle.",
			[MAIL_NOTICE_MORE] = "e altri {count}",
			[MAIL_NOTICE_LABEL_REASON] = "Motivo",
			[MAIL_NOTICE_LABEL_FILES] = "File",
			[MAIL_NOTICE_LABEL_COMMAND] = "Per consegnarlo",
		},
	},
	{
		.language = "nl",
		.cells = {
			[MAIL_NOTICE_FROM] = "Voicemail",
			[MAIL_NOTICE_EXPIRED] =
				"Bericht voor {recipient} kon niet worden bezorgd",
			[MAIL_NOTICE_EXPIRED_MANY] =
				"{count} berichten konden niet worden bezorgd",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Een bericht kon niet worden bezorgd. Het is {length} lang "
				"geprobeerd en wordt niet meer geprobeerd.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} berichten konden niet worden bezorgd. Het is {length} "
				"lang geprobeerd en wordt niet meer geprobeerd.",
			[MAIL_NOTICE_AGAIN] = "Bericht voor {recipient} is opnieuw verzonden",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} berichten zijn opnieuw verzonden",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Niemand heeft bevestigd dat een bericht is aangekomen, daarom "
				"is het opnieuw verzonden. Het kan twee keer in het postvak "
				"staan.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Niemand heeft bevestigd dat {count} berichten zijn aangekomen, "
				"daarom zijn ze opnieuw verzonden. Ze kunnen twee keer in de "
				"postvakken staan.",
			[MAIL_NOTICE_MORE] = "en nog {count}",
			[MAIL_NOTICE_LABEL_REASON] = "Reden",
			[MAIL_NOTICE_LABEL_FILES] = "Bestanden",
			[MAIL_NOTICE_LABEL_COMMAND] = "Om te bezorgen",
		},
	},
	{
		.language = "pt",
		.cells = {
			[MAIL_NOTICE_FROM] = "Correio de voz",
			[MAIL_NOTICE_EXPIRED] =
				"A mensagem para {recipient} não pôde ser entregue",
			[MAIL_NOTICE_EXPIRED_MANY] =
				"{count} mensagens não puderam ser entregues",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Uma mensagem não pôde ser entregue. As tentativas duraram "
				"{length} e terminaram.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"{count} mensagens não puderam ser entregues. As tentativas "
				"duraram {length} e terminaram.",
			[MAIL_NOTICE_AGAIN] = "A mensagem para {recipient} foi enviada de novo",
			[MAIL_NOTICE_AGAIN_MANY] = "{count} mensagens foram enviadas de novo",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Ninguém confirmou a chegada de uma mensagem, por isso foi "
				"enviada de novo. Pode estar duas vezes na caixa de correio.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Ninguém confirmou a chegada de {count} mensagens, por isso "
				"foram enviadas de novo. Podem estar duas vezes nas caixas de "
				"correio.",
			[MAIL_NOTICE_MORE] = "e mais {count}",
			[MAIL_NOTICE_LABEL_REASON] = "Motivo",
			[MAIL_NOTICE_LABEL_FILES] = "Ficheiros",
			[MAIL_NOTICE_LABEL_COMMAND] = "Para a entregar",
		},
	},
	{
		.language = "pl",
		.cells = {
			[MAIL_NOTICE_FROM] = "Poczta głosowa",
			[MAIL_NOTICE_EXPIRED] = "Nie dostarczono wiadomości dla {recipient}",
			[MAIL_NOTICE_EXPIRED_MANY] = "Niedostarczone wiadomości: {count}",
			[MAIL_NOTICE_EXPIRED_TEXT] =
				"Nie udało się dostarczyć wiadomości. Czas prób: {length}. "
				"Dalszych prób nie będzie.",
			[MAIL_NOTICE_EXPIRED_TEXT_MANY] =
				"Niedostarczone wiadomości: {count}. Czas prób: {length}. "
				"Dalszych prób nie będzie.",
			[MAIL_NOTICE_AGAIN] = "Wysłano ponownie wiadomość dla {recipient}",
			[MAIL_NOTICE_AGAIN_MANY] = "Wiadomości wysłane ponownie: {count}",
			[MAIL_NOTICE_AGAIN_TEXT] =
				"Nikt nie potwierdził, że wiadomość dotarła, dlatego wysłano ją "
				"ponownie. Może być w skrzynce dwa razy.",
			[MAIL_NOTICE_AGAIN_TEXT_MANY] =
				"Wiadomości, których dotarcia nikt nie potwierdził: {count}. "
				"Wysłano je ponownie. Mogą być w skrzynkach dwa razy.",
			[MAIL_NOTICE_MORE] = "i więcej: {count}",
			[MAIL_NOTICE_LABEL_REASON] = "Powód",
			[MAIL_NOTICE_LABEL_FILES] = "Pliki",
			[MAIL_NOTICE_LABEL_COMMAND] = "Aby dostarczyć",
		},
	},
};
/* clang-format on */

const struct mail_notice_words *
mail_words_notice_row(unsigned i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct mail_notice_words *
mail_words_notice(const char *culture)
{
	const char *language = mail_words_of(culture)->language;
	unsigned i = 0;
	while (strcmp(rows[i].language, language) != 0) /* test_mail_text: each language has one */
		i++;
	return &rows[i];
}
