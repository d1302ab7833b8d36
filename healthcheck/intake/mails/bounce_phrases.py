"""The phrases that tell what a mail is: a bounce, a notice of delay, an automatic answer. In the languages that servers speak.

They are the usual wordings of mail systems, collected from public bounces and from memory; none of them decides alone.
"""

import re


def _any(*phrases: str) -> "re.Pattern[str]":
    return re.compile("|".join(phrases), re.IGNORECASE)


DAEMON = _any(
    r"mailer-?daemon|mail(?:er|ing)?.?deamon|\bpost.?master|mail.?(?:delivery|router|system|server)|"
    r"delivery (?:sub|agent)|mdaemon",
    r"undeliver|returned.?mail|mmdf|microsoft ?exchange|microsoft outlook|system administrator|"
    r"systemadministrator|\bmail admin",
    r"\bsmtp.?(?:server|gateway|agent)|internet.?mail|mail.?gateway|\bbounces?[@+]|^\s{0,8}<>|"
    r"no-?reply@sns\.amazonaws",
    r"почтов(?:ая|ой) систем|邮件系统|郵件系統|系统退信|系統退信|メール配送",
)
"""In a From field: a mail system, not a person."""

MAILER_DAEMON = _any(r"mailer-?daemon|mail delivery (?:sub)?system|^\s{0,8}<>")
"""In a From field: what writes nothing but notices."""

SUBJECT = _any(
    r"undeliver|non[- ]?deliver|not (?:be(?:en)? )?(?:deliver|sent)|returned (?:mail|to sender|message|"
    r"e-?mail)",
    r"return(?:ed)? to sender|delivery (?:status|report|failure|problem|error|has failed|failed|"
    r"incomplete|notification|delay|unsuccess|to)",
    r"fail(?:ure|ed) (?:notice|delivery|mail|to deliver|in delivery)|(?:mail|message|delivery|"
    r"e-?mail)\W{1,3}(?:\w+\W{1,3}){0,3}fail",
    r"mail (?:system error|failure|delivery|error|status report)|could not (?:be )?(?:deliver|send|"
    r"sent)|cannot (?:be )?(?:deliver|send)",
    r"unable to deliver|message (?:was )?(?:rejected|blocked|delayed|bounced|not delivered)|"
    r"user unknown|unknown user|bounced?\b",
    r"undelivr|warning: (?:could not|message|mail)|delayed mail|mail delayed|delivery warning|\bdsn\b|"
    r"\bndr\b|rejected (?:mail|message|posting)",
    r"^\W*fail(?:ed|ure)?\W*$|loop alert|mail loop",
    r"undeliverable|notification d.{1,3}tat|no such user|address not found|message not delivered|"
    r"recipient (?:address )?rejected",
    # German, French, Spanish, Portuguese, Italian
    r"unzustellbar|nicht (?:zu|aus)(?:ge|zu)?stell|zustell(?:ung|bericht|fehler|problem|"
    r"benachrichtigung)|nicht gesendet|fehler bei der",
    r"non (?:remis|d[ée]livr|distribu)|remise (?:du|de|a)|[ée]chec d|[ée]chou[ée]|"
    r"retour(?:n[ée])? [àa] l|impossible (?:de|d')",
    r"no (?:se )?(?:pudo|puede|ha podido|entrega)|no entreg|devuelto|devoluci[óo]n|devolvid|fallo (?:de|en|"
    r"al)|error de entrega|estado de la entrega",
    r"n[ãa]o (?:foi |[ée] )?(?:entreg|poss)|falha (?:na|de|ao)|n[ãa]o[- ]entreg|status (?:da|de) entrega|"
    r"mensagem (?:n[ãa]o|devolvida)",
    r"mancat[ao] (?:recapito|consegna)|non (?:recapit|consegn)|errore (?:di|nella) (?:consegna|"
    r"recapito)|impossibile (?:recapit|consegn)",
    # Dutch, Polish, Nordic, Czech, Slovak, Hungarian, Turkish, Romanian, Croatian, Vietnamese
    r"onbestelbaar|niet (?:be|af)?(?:zorgd|leverd|geleverd|worden)|bezorging|niedostarcz|"
    r"nie (?:dostarczono|można|udało)|zwrot|zwrócon",
    r"kunde inte|kan inte lever|ej levererad|olevererbar|ikke leveres|kunne ikke|uleverte|kan ikke lever|"
    r"toimitus|toimittama|ei (?:voitu|toimitettavissa)|nedoru[čc]ite[lľ]n|nelze doruč|kézbesít",
    r"teslim edilem|iletilem|ulaştırılamadı|nelivrat|nu (?:a putut|poate) fi livrat|neisporu[čc]|isporuka nije|"
    r"không (?:gửi|thể gửi|chuyển)",
    # Russian, Ukrainian, Greek, Hebrew, Arabic
    r"недостав|не (?:было |был[ао]? |может быть |удается |удалось )?достав|невозможно достав|возврат|ошибка доставки|"
    r"не вдалося|αποτυχ|δεν (?:παραδόθηκε|(?:είναι|ήταν) δυνατή)|לא ניתן למס|تعذر (?:ال)?تسليم|فشل (?:ال)?تسليم",
    # Chinese, Japanese, Korean
    r"退信|退回|退件|无法投递|無法投遞|无法送达|無法傳遞|投递失败|未送达|未传递|无法传递|传递失败|"
    r"傳送失敗|發送失敗|发送失败|系统通知",
    r"配信(?:不能|エラー|失敗|できません)|送信(?:できません|エラー|失敗)|届けられません|未配信|不達|"
    r"配送(?:エラー|失敗|不能)|返送|전송 ?실패|반송|배달되지|배달할 수",
)
"""In a Subject field: the mail of a mail system about one that was not delivered. In any position."""

TOLD = _any(
    r"(?:could|can|was|were|did|would|has|have|had|is)(?: not|n't|"
    r"n’t)(?: yet)? (?:be(?:en)? )?(?:deliver|reach|sent|accept|relay|process|recogni|found)",
    r"cannot (?:be )?(?:deliver|reach|accept|sen[dt]|find|forward)|un(?:able|successful) to (?:deliver|"
    r"send|reach|relay)|undeliver|nondeliver",
    r"(?:was|is|been|were) (?:rejected|refused|blocked|returned|bounced|undeliverable)|(?:delivery|"
    r"deliver|message|mail|recipients?|transmission)\W(?:\w+\W){0,5}fail",
    r"fail(?:ed|ure)(?: to)? (?:deliver|sen[dt]|permanent|recipient)|"
    r"permanent(?:ly)? (?:fatal )?(?:error|fail)|fatal errors?\b|not delivered",
    r"user unknown|unknown user|no such (?:user|recipient|address|person|mailbox)|"
    r"mailbox (?:is )?(?:full|unavailable|not found)|over ?quota",
    r"quota exceeded|does(?: not|n't) exist|host (?:unknown|not found)|address(?:es)? (?:is|are|"
    r"was) (?:not|unknown|invalid)|invalid (?:user|recipient|address)",
    r"(?:could not|couldn't|unable to) find any host|retry time ?out exceeded|transcript of session|"
    r"(?:following|these) (?:recipient|address|people|person)",
    r"nicht (?:zu|aus)(?:ge|zu)?(?:gestellt|stell|liefer)|konnte nicht|konnten nicht|unzustellbar|"
    r"unbekannte[rn]? (?:empf|benutz)",
    r"n'a (?:pas )?pu|n'ont pas|pas (?:pu )?(?:[êe]tre|[ée]t[ée]) (?:remis|d[ée]livr|distribu|envoy)|"
    r"[ée]chec|introuvable|non remis",
    r"no (?:se )?(?:pudo|ha podido|pudieron|ha sido|puede|existe|encontr|ha encontrado)|error de entrega|"
    r"no fue posible|n[ãa]o (?:foi|p[ôo]de|"
    r"existe|p[ôu]de)|n[ãa]o entreg",
    r"non [èe] stato (?:possibile|recapit|consegn)|non (?:pu[òo]|esiste|recapit|consegn)|"
    r"impossibile (?:recapit|consegn)",
    r"kon(?:den)? niet|niet (?:worden )?(?:bezorgd|afgeleverd)|nie (?:mo[żz]na|uda[łl]o|zosta[łl]|"
    r"istnieje)|kunde inte|kunne ikke|ei voitu|nelze|teslim edileme",
    r"не (?:может|могло|было|удалось|существует|доставлен|найден|был)|недостав|отклонен|отказ|не вдалося",
    r"无法|無法|失败|失敗|不存在|被拒|退回|退信|拒绝|拒絕|未能|できません|できなかった|ませんでした|"
    r"エラー|見つかり|存在しません|拒否|届け|수 없|실패|없습니다",
)
"""In the words: something was not delivered."""

SURELY_LATER = _any(
    r"this is (?:only )?a warning|(?:warning|delay) message only|do not need to re-?send|don't need to re-?send",
    r"still (?:being )?(?:trying|retried)|will keep trying|delivery attempts will continue|it will be retried|has not yet been delivered",
    r"wird weiter versucht|weitere zustellversuche|continuar[áa] (?:a )?tent|seguir[áa] intent|ponawia|再送(?:信)?します",
)
"""In the words: the server says itself that it goes on, whatever else it says."""

LATER = _any(
    r"this is (?:only )?a warning|warning message only|delivery (?:is|has been|was) (?:being )?delayed|"
    r"not yet been (?:delivered|able)",
    r"will (?:be re-?tried|keep trying|continue|be attempted|retry|try again)|"
    r"no (?:further )?action is required|(?:do not|don't) need to re-?send",
    r"still (?:being )?(?:trying|retried|attempt)|temporarily delayed|(?:message|mail|delivery) (?:is |"
    r"was )?(?:delayed|deferred)|delivery attempts will continue",
    r"delivery to the following recipients? (?:has been|is) delayed|has not been (?:yet )?delivered yet|"
    r"remains? (?:in the queue|queued)",
    r"verz[öo]gert|weitere zustellversuche|noch nicht zugestellt|wird weiter versucht|diff[ée]r[ée]|"
    r"retard[ée]|nouvelles? tentatives?|pas encore [ée]t[ée]",
    r"retrasad|demorad|aplazad|seguir[áa] intent|atrasad|adiad[ao]|continuar[áa] (?:a )?tent|ritardat|"
    r"rinviat[ao]|continuer[àa]|nuovi tentativi",
    r"vertraagd|nogmaals geprobeerd|opó[źz]nion|opó[źz]nien|ponawia|fördröj|forsinket|viivästy",
    r"задерж|отложен|попыт(?:ки|ок) (?:доставки )?(?:будут )?продолж|повторн[ыо]|延迟|延遲|推迟|"
    r"稍后重试|遅延|遅れて|再送(?:信)?(?:を|します|中)|まだ配信|지연",
)
"""In the words or the subject: nothing is lost yet."""

GIVEN_UP = _any(
    r"giv(?:en|ing|e) up|gave up|permanent|returned to (?:you|sender|the sender)|no further (?:attempt|"
    r"deliver)|(?:queue|retry|timed?).{0,20}(?:expired|exceeded)",
    r"could not be delivered (?:for|within|after)|has failed|endg[üu]ltig|d[ée]finitive|abandonn|"
    r"permanente|окончательн|放弃|放棄|断念|中止",
)

ANSWER_SUBJECT = _any(
    r"^\W{0,4}auto(?:matic|mated|matische|matyczna|matisk|matisch|m[áa]tica|"
    r"matica)?[ :_-]{0,3}(?:re(?:ply|sponse|sponder|spuesta|sposta)|antw|odpow|svar|:|\()",
    r"^\W{0,4}(?:re: ?)?out[ -]of[ -](?:the[ -])?office|\bautoreply|\bautoresponse|\bautoresponder|"
    r"^\W{0,4}auto:",
    r"abwesen(?:d|heit)|(?:r[ée]ponse|message) automatique|r[ée]ponse d.absence|absence du bureau|"
    r"respuesta autom|fuera de (?:la )?oficina",
    r"resposta autom|fora do escrit[óo]rio|aus[êe]ncia|risposta autom|fuori (?:sede|ufficio)|assente|"
    r"assenza|afwezig|nieobecno|poza biurem",
    r"frånvaro|fravær|poissa|автоответ|автоматическ\w+ ответ|нет на месте|自动(?:回复|答复)|"
    r"自動(?:回[覆復應応]|返信|応答)|自動回覆|不在|자동 ?(?:응답|회신)|부재",
    r"\b(?:on|away on) (?:vacation|holiday|leave)|i am (?:away|out)|vacation (?:reply|message|notice)|"
    r"^\W{0,4}away\b|urlaub",
)
"""In a Subject field: the answer of a machine to a mail that arrived. RFC 3834"""

CHALLENGE = _any(
    r"confirm (?:your|you are|that you|delivery|receipt of your)|please confirm|challenge[- ]response|"
    r"verification required|verify your (?:message|e-?mail to)",
    r"sender (?:verification|confirmation|authentication required)|(?:message|mail|"
    r"e-?mail) (?:to .{1,80} )?(?:is |has been |was )?(?:being )?(?:held|quarantined|waiting) (?:for|"
    r"until|awaiting)",
    r"spamarrest|tmda|boxtrapper|mailblocks|chooseyourmail|vanquish|approve (?:your|this) (?:message|sender)",
)
"""In the Subject or the words of an answer: the reader's server asks the sender to prove to be a person."""

COPY = re.compile(
    r"^(?:[-=_*#\s]{0,40}(?:below this line is a copy|this is a copy of|a copy of the|"
    r"(?:the )?original message(?! was (?:received|sent|addressed|from)| details)|returned message|"
    r"unsent message|"
    r"returned (?:mail|text|headers?)|message headers?\b|begin message|begin forwarded|the (?:header|"
    r"headers|text|body) of (?:the|your)|your original message|included is a copy|"
    r"(?:the )?undelivered message|(?:the )?message follows|received message|original mail|"
    r"header of the (?:original|message)|message text follows|----- ?mail|message contents? follows|"
    r"(?:die )?urspr[üu]ngliche nachricht(?!endetails)|originalnachricht|kopie (?:der|ihrer)|ihre nachricht|"
    r"message d'origine|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|"
    r"исходное сообщение|заголовки|原始邮件(?!(?:详细)?信息)|原邮件(?!信息)|原始郵件(?!詳細|資訊)|"
    r"元のメッセージ(?!の詳細)|以下は)[^\n]{0,200}|"
    r"(?:> ?)?(?:Return-Path|Received|Message-ID|X-Mailer|MIME-Version|DKIM-Signature): ?[^\n]{0,400})$",
    re.MULTILINE | re.IGNORECASE,
)
"""Where the copy of the message begins that a bounce in words gives back."""

LABEL = re.compile(
    r"^[\W_]{0,12}(?:(?:undeliverable|not delivered|delivery) to|to|recipients?|(?:e-?mail |"
    r"recipient(?:'s)? |intended |failed |invalid |unknown )*address(?:es)?|rcpt(?: to)?|"
    r"(?:failed|final|original|intended|envelope) (?:recipients?|to)|user(?:name)?|failed|mailbox|for|"
    r"unknown user|empf[äa]nger(?:adresse)?|an|destinataires?|adresse|destinatarios?|para|"
    r"destinatari[oi]?|a|ontvangers?|aan|adresat|odbiorca|do|mottagare|modtager|mottaker|vastaanottaja|"
    r"получател[ьи]|адресат|адрес|кому|收件人|收信人|收件人地址|邮件地址|宛先|あて先|送信先|受信者|"
    r"받는 ?사람)"
    r"(?:\W{1,3}(?:address|adresse|地址|アドレス))?\W{0,6}$",
    re.IGNORECASE,
)
"""What may stand before the address of a recipient on its line."""

CODE_BEFORE = re.compile(
    r"^\W{0,6}[45]\d\d[ -]{0,2}(?:[45]\.\d{1,3}\.\d{1,3})?\W{0,4}(?:address:|user:|to:)?\W{0,3}$", re.IGNORECASE
)
"""A reply's code before the address, as Sendmail writes it."""
