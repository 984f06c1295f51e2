"""Short questions and articles are given their language."""

import pytest

from qa.language import detect_language, detect_question_language

ENGLISH = """
how many Patriot systems were requested?
And the drone deal?
Who is Olha Stefanishyna?
What did Zelensky ask Trump for?
When will the first radars arrive in Latvia?
which countries are in the JEF
Where does Ukraine buy its missiles?
Why is Moscow against it?
What does PURL stand for?
How much money is planned for drones?
Did Norway join the coalition?
Is Kyiv getting Patriot missiles?
Tell me about the Joint Expeditionary Force
Who wrote about it first, Bloomberg or Le Monde?
What did Le Figaro say about La Poste?
Who met Emmanuel Macron in Paris?
What is Stéphane Séjourné's job?
how long will it last?
Has the agreement been signed?
What was decided on 5 November?
who's the NATO chief?
Which minister visited Kyiv last week?
What happened in Gaza?
How far can the launchers reach?
What else was discussed?
Which weapons does Ukraine want from the US?
Are there any sanctions against Russia?
Can Ukraine export gas to Europe?
How is the shield built?
what about Germany?
Who pays for the weapons?
When did Shmyhal announce it?
What was the total cost of the frigates?
Who leads the commission?
What are the terms of the deal?
How many jobs will be created in Liepāja?
Which company designed the Vanagas batteries?
Does NATO support this?
Where were the talks held?
What role does Washington play?
Name the members of the JEF
who won the Nobel Peace Prize?
What's the capital of Australia?
Give me the date of the meeting
How old is the president?
What do Russian media think of the peace plan?
Whose initiative is PURL?
Which two leaders met?
In what year was the coalition founded?
Is it raining in Paris?
Why weren't the drones delivered?
What's next for Ukraine?
Should Europe pay more?
How did the opposition react to the order?
By when must the radars be delivered?
To whom was the maintenance contract awarded?
What percentage of the money comes from Europe?
Who, according to Bloomberg, is negotiating with whom?
what is the price of a drone
Any news from Kharkiv?
Ukraine drone production agreement
was the ceasefire broken?
""".strip().splitlines()

FRENCH = """
combien de systèmes Patriot ont été demandés ?
Et l'accord sur les drones ?
Qui est Olha Stefanishyna ?
Qu'a demandé Zelensky à Trump ?
Quand arriveront les premiers radars en Lettonie ?
quels pays sont dans la JEF
Où l’Ukraine achète-t-elle ses missiles ?
Pourquoi Moscou s'y oppose ?
Que signifie PURL ?
Quelle somme est prévue pour les drones ?
La Norvège a-t-elle rejoint la coalition ?
Kiev aura-t-il des missiles Patriot ?
Parle-moi de la Force expéditionnaire conjointe
Qui en a parlé le premier, Bloomberg ou le New York Times ?
Que dit le Wall Street Journal ?
Qui a rencontré Boris Johnson à Londres ?
Quel est le poste de Mark Rutte ?
ça va durer combien de temps ?
L'accord est-il signé ?
Qu'est-ce qui a été décidé le 5 novembre ?
qui est le chef de l'OTAN ?
Quel ministre s'est rendu à Kiev ?
Que s'est-il passé à Gaza ?
Quelle est la portée des lanceurs ?
De quoi ont-ils parlé ?
Quelles armes Kiev veut-il des USA ?
Y a-t-il des sanctions contre la Russie ?
L'Ukraine peut-elle exporter du gaz ?
De quoi se compose le bouclier ?
et l'Allemagne ?
Qui paie les armes ?
Quand Shmyhal l'a-t-il annoncé ?
Combien ont coûté les frégates ?
Qui dirige la commission ?
Quels sont les termes du contrat ?
Combien d’emplois seront créés à Liepāja ?
Quelle entreprise a conçu les batteries Vanagas ?
L'OTAN soutient-elle ce projet ?
Où se sont tenues les discussions ?
Quel rôle joue Washington ?
Cite les membres de la JEF
qui a eu le prix Nobel de la paix
Quelle est la capitale de l'Australie ?
Donne-moi la date de la rencontre
Quel âge a le président ?
Que pensent les médias russes du plan de paix ?
De qui vient l'initiative PURL ?
Quels dirigeants se sont vus ?
En quelle année fut fondée la coalition ?
Il pleut à Paris ?
Pourquoi les drones n'ont pas été livrés ?
Et ensuite ?
L'Europe doit-elle payer plus ?
Comment a réagi l'opposition ?
Pour quand les radars sont-ils attendus ?
A qui a-t-on confié la maintenance ?
Quel pourcentage vient d'Europe ?
Selon Bloomberg, qui négocie avec qui ?
prix d'un drone
Du nouveau à Kharkiv ?
accord production drones ukrainiens
le cessez-le-feu tient toujours ?
""".strip().splitlines()

UKRAINIAN = """
скільки систем Patriot було замовлено?
А угода про дрони?
Хто така Ольга Стефанішина?
Що Зеленський попросив у Трампа?
Коли прибудуть перші радари до Латвії?
які країни входять до JEF
Де Україна купує ракети?
Чому Москва проти?
Що означає PURL?
Скільки коштують дрони?
Чи приєдналася Норвегія до коаліції?
Чи отримає Київ ракети Patriot?
Розкажи про Об’єднані експедиційні сили
Хто написав про це першим, Bloomberg чи Le Monde?
Хто зустрівся з Макроном у Парижі?
Яка посада Рютте?
Як довго це триватиме?
Чи підписана угода?
Що вирішили 5 листопада?
хто очолює НАТО?
Який міністр відвідав Київ?
Що сталося в Газі?
Яка дальність пускових установок?
Про що вони говорили?
Яку зброю хоче Україна від США?
Чи є санкції проти Росії?
Чи може Україна експортувати газ?
З чого складається щит?
а Німеччина?
Хто платить за зброю?
Коли Шмигаль про це оголосив?
Скільки коштували фрегати?
Хто очолює комісію?
Які умови контракту?
Скільки робочих місць буде створено?
Яка компанія розробила батареї Vanagas?
Чи підтримує це НАТО?
Де відбулися переговори?
Яку роль відіграє Вашингтон?
Назви членів JEF
хто отримав Нобелівську премію миру
Яка столиця Австралії?
Назви дату зустрічі
Скільки років президенту?
Що думають російські медіа?
Чия це ініціатива?
Хто з лідерів зустрівся?
У якому році засновано коаліцію?
Чи йде дощ у Парижі?
Чому не доставили дрони?
Що далі?
Чи має Європа платити більше?
Як відреагувала опозиція?
До якого терміну?
Кому доручили обслуговування?
Який відсоток дає Європа?
За даними Bloomberg, хто веде переговори?
ціна дрона
Що нового в Харкові?
угода про виробництво дронів
чи триває перемир'я?
""".strip().splitlines()


@pytest.mark.parametrize(("language", "questions"), [("en", ENGLISH), ("fr", FRENCH), ("uk", UKRAINIAN)])
@pytest.mark.parametrize("default", ["en", "fr", "uk"])
def test_short_questions_are_given_their_language(language: str, questions: list[str], default: str) -> None:
    wrong = [question for question in questions if detect_question_language(question, default=default) != language]
    assert len(questions) >= 60
    assert len(wrong) <= 0.03 * len(questions), wrong


@pytest.mark.parametrize("question", ["", "???", "2024", "Patriot?", "Zelensky", "PURL"])
def test_a_question_that_shows_no_language_has_the_default_one(question: str) -> None:
    assert detect_question_language(question, default="fr") == "fr"
    assert detect_question_language(question, default="en") == "en"


def test_a_foreign_name_does_not_turn_a_question() -> None:
    assert detect_question_language("Who is Володимир Зеленський?", default="fr") == "en"
    assert detect_question_language("What did l’Humanité write?", default="fr") == "en"
    assert detect_question_language("Qui dirige The Guardian ?", default="en") == "fr"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("L’Ukraine cherche à convaincre Washington de fournir une assistance militaire étendue.", "fr"),
        ("Ukraine is trying to convince Washington to give it more military aid this winter.", "en"),
        ("Україна намагається переконати Вашингтон надати більше військової допомоги.", "uk"),
        ("Die Ukraine versucht, Washington von weiterer Militärhilfe zu überzeugen.", "de"),
        ("", "en"),
        ("1234 -- !!!", "en"),
    ],
)
def test_a_text_is_given_its_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_the_choice_can_be_narrowed() -> None:
    assert detect_language("Die Ukraine versucht, Washington zu überzeugen.", among=["fr", "en"]) in ("fr", "en")
