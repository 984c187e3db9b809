import type { Teller } from "./teller.js";

/** What a story may be asked to be about. */
export type Subject = "object" | "animal" | "food" | "none";

export interface Plot {
  readonly name: string;
  /** The slot that carries the story, so that a story about a ball has a ball. */
  readonly subject: Subject;
  /** Whether its object falls and breaks. */
  readonly breaks?: boolean;
  readonly tell: (story: Teller) => void;
}

/*
 * Slots: {n} the main character with {he} {him} {his}; {f} the friend with {fhe} {fhim} {fhis}; {g} a grown-up of the
 * family with {ghe} {ghim}; {s} a stranger with {she_} {shim}; {to} {at} {spot} {wrong} a place and spots in it; {obj}
 * "red ball", {aobj} with its article, {bare} "ball"; {animal} {aanimal}; {food}.
 */
export const PLOTS: readonly Plot[] = [
  {
    name: "lost and found",
    subject: "object",
    tell(story) {
      story.tell(
        "{He} had {aobj} that {he} loved very much.",
        "{His} favorite toy was {aobj}.",
        "{He} took {his} {obj} everywhere.",
      );
      story.tell(
        "One day, {n} took the {bare} {to}.",
        "One morning, {n} went {to} with the {bare}.",
        "One sunny day, {he} went {to} and took the {bare} along.",
      );
      story.maybe(
        0.5,
        "{He} ran and played all day.",
        "{He} played there for a long time.",
        "It was so much fun that {he} forgot the time.",
      );
      story.tell(
        "But then the {bare} was gone!",
        "When it was time to go home, {n} could not find the {bare}.",
        "Suddenly, {he} saw that the {bare} was not there.",
      );
      story.tell(
        "{n} was very sad.",
        "{n} began to cry.",
        '"Oh no! Where is my {bare}?" said {n}.',
        "{He} felt a tear on {his} cheek.",
      );
      story.tell(
        "{He} looked {wrong}, but it was not there.",
        "First, {he} looked {wrong}. There was nothing.",
        "{He} searched {wrong}, but found only leaves.",
      );
      story.tell(
        'Then {aanimal} came by and said, "Look {spot}!"',
        '{Aanimal} saw {him} and asked, "Are you looking for something? Look {spot}."',
        '"I can help you," said {aanimal}. "I saw something {spot}."',
      );
      story.tell(
        "{n} looked {spot}, and there was the {obj}!",
        "And there it was! The {obj} lay {spot}.",
        "{He} ran to look, and {spot} {he} found the {obj}.",
      );
      story.tell(
        "{He} hugged the {bare} and thanked the {animal}.",
        '"Thank you!" said {n} to the {animal}.',
        "{n} was so happy and thanked the {animal}.",
      );
      story.tell(
        "From that day on, {n} took good care of the {bare}.",
        "{n} went home with a big smile and the {bare} in {his} hands.",
        "After that, {n} never lost the {bare} again.",
      );
    },
  },
  {
    name: "sharing food",
    subject: "food",
    tell(story) {
      story.tell(
        "One day, {his} {g} gave {him} some {food}.",
        "One morning, {n} had a bag of {food}.",
        "One day, {n} went {to} with some {food}.",
      );
      story.tell("They smelled so good!", "{n} wanted to eat them all.", '"These are all for me," said {n}.');
      story.tell(
        "Then {his} friend {f} came.",
        "Soon, {he} met {his} friend {f}.",
        "Just then, a friend named {f} walked by.",
      );
      story.tell(
        "{f} was hungry and had nothing to eat.",
        '"I am so hungry," said {f}.',
        '{f} looked at the {food} and asked, "Can I have some?"',
      );
      story.tell(
        "At first, {n} did not want to share.",
        '"No, they are mine!" said {n}.',
        "{n} held the {food} tight and shook {his} head.",
      );
      story.tell("{f} felt sad and sat down.", "{f} looked down at the ground.", "{f} said nothing and turned away.");
      story.tell("{n} saw that and felt bad.", "Then {n} thought about it.", "{n} did not like to see a sad friend.");
      story.tell(
        '"Here, take some," {he} said.',
        "So {he} gave {f} half of the {food}.",
        "{He} sat down next to {f} and shared the {food}.",
      );
      story.tell(
        "They ate together and laughed.",
        '{f} smiled and said, "Thank you, {n}!"',
        "The {food} tasted even better now.",
      );
      story.tell(
        "{n} learned that sharing makes everyone happy.",
        "From then on, {n} and {f} always shared.",
        "{n} knew that it is good to share.",
      );
    },
  },
  {
    name: "animal in trouble",
    subject: "animal",
    tell(story) {
      story.tell("One day, {n} went for a walk {to}.", "One morning, {he} went {to}.", "{n} liked to play {at}.");
      story.tell("There {he} heard a small sound.", "Then {he} heard a cry.", "Suddenly, there was a little noise.");
      story.tell(
        "It was {aanimal}! It was stuck {spot}.",
        "{n} looked around and saw {aanimal}. It sat {spot} and could not get out.",
        "A little {animal} was {spot}. It had hurt its leg.",
      );
      story.tell(
        '"Do not be afraid," said {n}. "I will help you."',
        '"Poor {animal}!" said {n}.',
        "The {animal} looked scared, so {n} spoke softly.",
      );
      story.tell(
        "{n} tried to help, but {he} was too small.",
        "{He} did not know what to do.",
        "{He} pulled and pulled, but it did not work.",
      );
      story.tell("So {he} ran home and told {his} {g}.", "{He} called for {his} {g}.", "{He} went to get {his} {g}.");
      story.tell(
        "Together they set the {animal} free.",
        "The two of them lifted the {animal} out with care.",
        "{n} and {his} {g} helped the {animal} with gentle hands.",
      );
      story.maybe(
        0.5,
        "They gave it some water and {food}.",
        "{n} gave it some {food} to eat.",
        "They put it on a soft blanket.",
      );
      story.tell(
        "Soon the {animal} felt better.",
        "The {animal} was happy and safe.",
        "The {animal} looked at {n} and seemed to smile.",
      );
      story.tell(
        "After that, the {animal} came to see {n} every day.",
        "From that day on, {n} and the {animal} were best friends.",
        "{n} was proud, and {his} {g} gave {him} a hug.",
      );
    },
  },
  {
    name: "a wish at the shop",
    subject: "object",
    tell(story) {
      story.tell(
        "One day, {n} saw {aobj} in a shop.",
        "In the window of a shop, {he} saw {aobj}.",
        "One day, {he} walked by a shop and saw {aobj}.",
      );
      story.tell(
        "{He} wanted it so much!",
        '"I wish I had that {bare}," said {n}.',
        "It was the best {bare} {he} had ever seen.",
      );
      story.tell(
        "But {n} had no money.",
        "But it cost five coins, and {he} had only one.",
        "{He} looked in {his} pocket, but it was empty.",
      );
      story.tell('"I can work for it," {he} thought.', "Then {n} had an idea.", '"You can help me," said {his} {g}.');
      story.tell(
        "So {n} helped {his} {g} in the garden all week.",
        "{He} washed the dishes and swept the floor every day.",
        "{He} picked {food} and sold them at the market.",
        "{He} carried bags for {aS}.",
      );
      story.maybe(0.5, "It was hard work, but {he} did not stop.", "Some days {he} was tired, but {he} kept going.");
      story.tell(
        "At last, {he} had enough coins.",
        "At the end of the week, {he} counted {his} coins. There were five!",
        "After many days, {n} had all the money {he} needed.",
      );
      story.tell(
        "{n} ran to the shop and bought the {obj}.",
        "{He} went back to the shop and came out with the {obj}.",
        '"One {bare}, please!" {he} said at the shop.',
      );
      story.tell(
        "{He} was very proud.",
        "{He} smiled all the way home.",
        "{n} loved the {bare} even more because {he} had worked for it.",
      );
      story.maybe(0.6, "{n} learned that hard work is worth it.", '{His} {g} said, "Well done, {n}!"');
    },
  },
  {
    name: "a fear",
    subject: "none",
    tell(story) {
      story.tell(
        "But {n} was afraid of {fear}.",
        "There was one thing {n} did not like: {fear}.",
        "{n} was scared of {fear}.",
      );
      story.tell(
        "{He} always ran away and hid under the bed.",
        "When other children laughed and played, {he} stayed at home.",
        "{He} did not want anyone to know.",
      );
      story.tell(
        "One day, {his} {g} saw that {he} was scared.",
        "One evening, {he} told {his} {g} about it.",
        'One day, {his} {g} asked, "Why are you hiding?"',
      );
      story.tell(
        '"I am afraid of {fear}," said {n}.',
        "{n} told {ghim} the truth.",
        '{n} began to cry and said, "I am so scared."',
      );
      story.tell(
        '"Everyone is afraid sometimes," said {his} {g}.',
        '{His} {g} took {his} hand and said, "I will stay with you."',
        '"Let us be brave together," {his} {g} said.',
      );
      story.tell(
        "{n} took a deep breath and {face}.",
        "So {n} {face}, very slowly.",
        "Step by step, {n} was brave, and at last {he} {face}.",
      );
      story.tell("And what a surprise! {Learned}.", "Then {he} saw that {learned}.", "{n} found out that {learned}.");
      story.tell("{n} began to laugh.", "{He} was not afraid anymore.", '"That was not so bad!" {he} said.');
      story.tell(
        "From that day on, {n} was not scared of {fear}.",
        "{His} {g} was very proud of {him}.",
        "Now {n} knew how to be brave.",
      );
    },
  },
  {
    name: "the broken thing",
    subject: "object",
    breaks: true,
    tell(story) {
      story.tell(
        "In the house there was {aobj}. It belonged to {his} {g}.",
        "{His} {g} had {aobj} on a shelf.",
        "{His} {g} loved {aobj} that stood on the table.",
      );
      story.tell(
        '"Please do not touch it," said {his} {g}.',
        "{n} was not allowed to play with it.",
        '"Be careful with it," {his} {g} always said.',
      );
      story.tell(
        "But one day, {n} ran through the house and hit the shelf.",
        "One day, {n} took it down to look at it.",
        "One rainy day, {n} played inside and bumped into the table.",
      );
      story.tell(
        "The {bare} fell down and broke!",
        "Crash! The {bare} was broken.",
        "The {bare} fell on the floor and broke in two.",
      );
      story.tell("{n} was scared.", "{n} did not know what to do.", "{n} felt hot and sad.");
      story.tell(
        "{He} wanted to hide the {bare}, but that felt wrong.",
        '"Should I hide it?" {he} thought. But {he} did not.',
        "First {he} put it under the bed, but then {he} took it out again.",
      );
      story.tell(
        "{He} went to {his} {g} and told the truth.",
        '"I am sorry. I broke your {bare}," {he} said.',
        '{He} found {his} {g} and said, "It was me. I am sorry."',
      );
      story.tell(
        "{His} {g} was not angry.",
        "{His} {g} looked at {him} and gave {him} a hug.",
        "{His} {g} was sad, but {ghe} smiled.",
      );
      story.tell('"Thank you for telling me," said {his} {g}.', '"It is good that you told the truth," {ghe} said.');
      story.tell(
        "Together they fixed the {bare} with glue.",
        "They sat down and put the {bare} back together.",
        "They worked all day until the {bare} looked like new.",
      );
      story.tell(
        "{n} learned that it is best to tell the truth.",
        "{n} felt much better and was more careful after that.",
        "From then on, {n} always told the truth.",
      );
    },
  },
  {
    name: "cooking",
    subject: "none",
    tell(story) {
      story.tell(
        "One day, {n} wanted to make {dish} for {his} {g}.",
        "It was the birthday of {his} {g}, and {n} wanted to make {dish}.",
        "One morning, {n} and {his} {g} wanted to make {dish}.",
      );
      story.tell(
        "{He} went into the kitchen and took out a big bowl.",
        "{He} put on a hat and washed {his} hands.",
        "{He} looked at everything in the kitchen.",
      );
      story.tell(
        "But something was not there: {missing}!",
        '"Oh no, we have no {missing}!" said {n}.',
        "{He} looked everywhere for {missing}, but found nothing.",
      );
      story.tell(
        "So {he} went to {his} friend {f}.",
        "{He} ran next door to {his} friend {f}.",
        "{He} asked a friend named {f} for help.",
      );
      story.tell('"Do you have {missing}?" {he} asked.', '"I need {missing}, please," said {n}.');
      story.tell(
        '"Yes, I do," said {f}. "Can I help you?"',
        "{f} gave {him} the {missing} and came along.",
        "{f} smiled and brought the {missing}.",
      );
      story.tell(
        "They mixed and stirred and laughed.",
        "{n} and {f} worked together.",
        "Soon the kitchen was full of good smells.",
      );
      story.maybe(0.4, "{f} got some of it on {fhis} nose, and {n} laughed.", "It was a big mess, but it was fun.");
      story.tell(
        "At last, it was ready.",
        "When it was done, they put it on the table.",
        "After a while, they were done.",
      );
      story.tell(
        '{His} {g} took a bite and said, "This is the best!"',
        "{His} {g} was so happy.",
        '"You made this for me?" asked {his} {g} with a big smile.',
      );
      story.tell(
        "They all ate together, and not one bit was left.",
        "{n}, {f} and {his} {g} ate it all up.",
        "It was a wonderful day for all of them.",
      );
    },
  },
  {
    name: "lost in the woods",
    subject: "animal",
    tell(story) {
      story.tell(
        "One day, {n} saw {aanimal} and followed it.",
        "One morning, {he} walked {to} to look for {aanimal}.",
        "{n} wanted to see where the {animal} lived, so {he} walked behind it.",
      );
      story.tell(
        "{He} walked and walked.",
        "{He} went farther and farther.",
        "{He} did not look where {he} was going.",
      );
      story.tell(
        "Soon {n} was lost.",
        "Then {he} looked around. {He} did not know this place.",
        "It got dark, and {he} could not see the way home.",
      );
      story.tell(
        '"How do I get home?" {he} cried.',
        "{n} sat down on a stone and cried.",
        "{He} was cold and hungry and wanted to go home.",
      );
      story.tell(
        "The {animal} came back and looked at {him}.",
        "The {animal} heard {him} and came close.",
        "Then {he} heard a soft step. It was the {animal}!",
      );
      story.tell(
        '"Follow me," said the {animal}.',
        '"I know the way," the {animal} said.',
        'It seemed to say, "Come with me."',
      );
      story.tell(
        "{n} followed the {animal} past a tall tree and over a bridge.",
        "They went over the hill and through the grass.",
        "Step by step, {n} walked behind the {animal}.",
      );
      story.tell(
        "And then {he} saw the lights of {his} house.",
        "At last, {he} saw {his} own door.",
        "Soon {n} was home again.",
      );
      story.tell(
        "{His} {g} ran out and hugged {him}.",
        '"There you are!" said {his} {g}. "I was so worried."',
        "{His} {g} was so glad and held {him} tight.",
      );
      story.tell(
        "{n} gave the {animal} some {food} to say thank you.",
        "{n} waved to the {animal}, and it ran back home.",
        "After that, {n} always told {his} {g} where {he} went.",
      );
    },
  },
  {
    name: "rain on a picnic",
    subject: "food",
    tell(story) {
      story.tell(
        "One day, {n} and {his} {g} wanted to have a picnic {at}.",
        "{n} had a plan: a picnic {at} with {his} {g}.",
        "It was a sunny day, so {n} and {his} {g} went {to} for a picnic.",
      );
      story.tell(
        "They packed {food} and a blanket.",
        "In the basket were {food} and cold water.",
        "{n} put {food} in a big basket.",
      );
      story.tell("But then the sky turned gray.", "But soon dark clouds came.", "Then a strong wind began to blow.");
      story.tell("It began to rain!", "Drip, drop! It rained and rained.", "Big drops fell on {his} nose.");
      story.tell('"Our picnic is ruined," said {n}.', "{n} was very sad.", "{n} wanted to cry.");
      story.tell(
        '"I have an idea," said {his} {g}.',
        "But {his} {g} only laughed and took {his} hand.",
        '"Do not be sad," said {his} {g}. "Come with me."',
      );
      story.tell(
        "They ran home and put the blanket on the floor.",
        "They sat under a big tree and listened to the rain.",
        "At home they made a tent from the blanket.",
      );
      story.tell(
        "They ate the {food} and told funny stories.",
        "There they ate the {food} and sang songs.",
        "They shared the {food} and played games.",
      );
      story.maybe(0.6, "Then the sun came out, and there was a rainbow.", "After the rain, {n} saw a big rainbow.");
      story.tell(
        "It was the best picnic ever.",
        '"I like the rain now," said {n}.',
        "{n} was happy, and the rain did not matter.",
      );
    },
  },
  {
    name: "the race",
    subject: "none",
    tell(story) {
      story.tell(
        "One day, there was a big race {racing}.",
        "Every summer there was a race {racing}.",
        "{n} loved to run, and soon there was a race {racing}.",
      );
      story.tell("{n} wanted to win.", '"I will win," said {n}.', "{n} practiced every day.");
      story.tell(
        "{His} friend {f} wanted to run too.",
        "A friend named {f} was also in the race.",
        "{His} friend {f} was fast as well.",
      );
      story.tell(
        '"Ready, set, go!" And they were off.',
        "The race began, and they ran as fast as they could.",
        "When the bell rang, everyone ran.",
      );
      story.tell("{n} was first, and {f} was right behind.", "{n} ran like the wind.", "At first, {n} was in front.");
      story.tell(
        "Then {f} fell down and hurt {fhis} knee.",
        "But {f} tripped over a stone and fell.",
        "Suddenly, {f} slipped and fell to the ground.",
      );
      story.tell(
        "{n} heard the cry and stopped.",
        "{n} looked back and saw it.",
        "{n} could win now, but {he} turned around.",
      );
      story.tell(
        "{He} helped {f} get up.",
        "{He} went back and took {f} by the hand.",
        '"Come, I will help you," said {n}.',
      );
      story.tell(
        "They walked to the end together.",
        "Hand in hand, they crossed the line last.",
        "They did not win, but they finished together.",
      );
      story.tell("Everyone cheered for them.", "All the people clapped.", '"You are a true friend," said {f}.');
      story.tell(
        "{n} was happy, because a friend is better than a prize.",
        "{n} learned that helping is better than winning.",
        "They got a prize for being kind, and {n} was very proud.",
      );
    },
  },
  {
    name: "the seed",
    subject: "none",
    tell(story) {
      story.tell(
        "One day, {n} found a little seed {spot}.",
        "One spring day, {his} {g} gave {him} a small seed.",
        "{n} had one tiny seed in {his} hand.",
      );
      story.tell(
        '"What will it be?" {he} asked.',
        "{He} did not know what would grow from it.",
        '"If you take care of it, it will grow," said {his} {g}.',
      );
      story.tell(
        "{He} put the seed in the ground and gave it water.",
        "{He} dug a little hole and put the seed in it.",
        "{n} planted the seed near the house.",
      );
      story.tell(
        "Every day {he} looked, but nothing happened.",
        "The next day, there was nothing to see.",
        "{He} waited and waited.",
      );
      story.tell("{n} was sad and wanted to give up.", '"It will never grow," said {n}.', "{n} did not want to wait.");
      story.tell(
        '"Good things take time," said {his} {g}.',
        '"Wait a little more," said {his} {g}.',
        "But {his} {g} told {him} to wait.",
      );
      story.tell(
        "So {n} gave it water every morning.",
        "{n} went on and gave it water, day after day.",
        "{He} even sang to it.",
      );
      story.tell(
        "Then, one morning, there was a small green leaf!",
        "One day, something green came out of the ground.",
        "After many days, {he} saw a tiny green plant.",
      );
      story.tell(
        "It grew and grew, and it became {aplant}.",
        "In the summer it was {aplant}.",
        "Soon it was as tall as {n}. It was {aplant}!",
      );
      story.tell(
        "It gave {him} {fruit}, and {he} shared with {his} friends.",
        "There were {fruit}, and {n} gave some to {his} {g}.",
        "It had {fruit}, and everyone came to see.",
      );
      story.tell(
        "{n} learned to wait.",
        "{n} was very proud of the little seed.",
        '"Now I know how to wait," said {n}.',
      );
    },
  },
  {
    name: "a new friend",
    subject: "object",
    tell(story) {
      story.tell(
        "One day, a new child came {to}. The child was named {f}.",
        "One day, {he} met a {fkind} named {f} {at}.",
        "{At}, there was a new {fkind} named {f}.",
      );
      story.tell("{f} sat all alone.", "{f} did not know anyone.", "Nobody played with {f}.");
      story.tell("{n} saw that {f} was sad.", "{n} felt sorry for {f}.", '"{F} looks lonely," thought {n}.');
      story.tell("{n} had {aobj}.", "In {his} bag, {n} had {aobj}.", "{n} took out {aobj}.");
      story.tell(
        '{He} walked over and said, "Hi, I am {n}. Do you want to play?"',
        '"Do you want to play with my {bare}?" {he} asked.',
        '"Hello! We can play with my {bare}," said {n}.',
      );
      story.tell("{f} looked up and smiled.", '"Yes, please!" said {f}.', "{f} was shy, but {fhe} said yes.");
      story.tell(
        "They played with the {bare} all day.",
        "They took turns with the {bare} and laughed a lot.",
        "Together they made up a game with the {bare}.",
      );
      story.maybe(
        0.5,
        "{f} knew a funny song and taught it to {n}.",
        "{f} shared some {food} with {n}.",
        "Then {f} showed {n} a secret place.",
      );
      story.tell(
        'When it was time to go, {f} said, "Will you come back?"',
        "Soon it was time to go home.",
        "The sun went down, and they had to go.",
      );
      story.tell(
        '"See you tomorrow!" said {n}.',
        '"Of course! We are friends now," said {n}.',
        "{n} promised to come back the next day.",
      );
      story.tell(
        "Now {f} was not alone anymore.",
        "And they were friends for a long, long time.",
        "{n} was happy to have a new friend.",
      );
    },
  },
  {
    name: "the owner",
    subject: "object",
    tell(story) {
      story.tell(
        "One day, {n} walked {to} and found {aobj} {spot}.",
        "One day, {n} was {at}. {Spot}, {he} found {aobj}.",
        "{n} was playing {at} when {he} saw {aobj} {spot}.",
      );
      story.tell('"What a nice {bare}!" {he} said.', "{He} picked it up. It was so nice!", "{He} wanted to keep it.");
      story.tell(
        'But then {he} thought, "Someone must miss it."',
        "But it belonged to someone else.",
        '"Who lost this {bare}?" {he} asked.',
      );
      story.tell(
        "{He} asked {his} friend {f}, but it did not belong to {f}.",
        'First {he} asked a friend named {f}. "It is not mine," said {f}.',
        '{n} showed it to {his} friend {f}. "I do not know," said {f}.',
      );
      story.tell(
        "They looked for the owner together.",
        "So they went from door to door.",
        "They walked all around and asked everyone.",
      );
      story.tell(
        "Then they saw {aS}. {She_} looked sad.",
        "At last, they met {aS} who was looking for something.",
        "{AS} sat on a bench and sighed.",
      );
      story.tell(
        '"I lost my {bare}," said the {s}.',
        '"Did you see {aobj}?" asked the {s}.',
        '"I cannot find my {obj}," the {s} said.',
      );
      story.tell(
        '"Is this yours?" asked {n}.',
        '{n} held out the {bare}. "Here it is!"',
        "{n} gave the {bare} back at once.",
      );
      story.tell("The {s} was so happy.", '"Yes! Thank you!" said the {s}.', "The {s} smiled and thanked them.");
      story.tell(
        "As a thank you, the {s} gave them {food}.",
        "The {s} gave them some {food}, and they ate them on the way home.",
        "{n} and {f} went home and felt good.",
      );
      story.maybe(0.6, "{n} was glad that {he} did the right thing.", "It feels good to give things back.");
    },
  },
  {
    name: "learning",
    subject: "none",
    tell(story) {
      story.tell(
        "{n} wanted to {skill}, but {he} did not know how.",
        "One day, {n} saw {his} friend {f}, and {f} could {skill}. {n} wanted to do that too.",
        "More than anything, {n} wanted to {skill}.",
      );
      story.tell(
        "{He} tried, but it did not work.",
        "The first time, it went wrong.",
        "{He} tried once and twice, but {he} could not do it.",
      );
      story.tell('"I will never learn it!" said {n}.', "{n} was angry and sat down.", "{n} wanted to give up.");
      story.tell(
        "{His} {g} saw {him} and came over.",
        "Then {his} {g} sat down next to {him}.",
        "{He} told {his} {g} about it.",
      );
      story.tell(
        '"You must try every day," said {his} {g}.',
        '"I could not do it at first," said {his} {g}. "Try again."',
        '"Let me show you," {his} {g} said.',
      );
      story.tell(
        "So {n} tried again and again.",
        "Every day after school, {n} tried {skilling}.",
        "The next day {he} tried again, and the next day too.",
      );
      story.tell(
        "Little by little, it got better.",
        "It was hard, but {he} did not stop.",
        "Each day it was a little easier.",
      );
      story.tell(
        "Then, one day, {n} could {skill}!",
        "And one morning, it worked! {n} could {skill}.",
        "At last, {n} knew how to {skill}.",
      );
      story.tell('"Look at me!" {he} shouted.', "{n} jumped up and down.", "{His} {g} clapped and cheered.");
      story.tell(
        "{n} learned that you must never give up.",
        "{n} was very proud, and so was {his} {g}.",
        "Now {n} helps other children who want to learn {skilling}.",
      );
    },
  },
  {
    name: "the sick friend",
    subject: "object",
    tell(story) {
      story.tell(
        "One day, {his} friend {f} was sick.",
        "{n} had a good friend named {f}. One day, {f} was sick in bed.",
        "One morning, {his} friend {f} did not come to play. {f} was sick.",
      );
      story.tell("{f} had to stay in bed all day.", "{f} was hot and tired.", "{f} could not play outside.");
      story.tell("{n} wanted to help.", '"What can I do?" asked {n}.', "{n} missed {f} very much.");
      story.tell("{He} had an idea.", "{He} thought and thought.", '"I know!" {he} said.');
      story.tell(
        "{He} took {aobj} and went to see {f}.",
        "{He} put {aobj} in a bag and walked to the house of {f}.",
        "{He} made a card and took {his} {obj} along.",
      );
      story.tell(
        '"This {bare} is for you," said {n}.',
        '"I brought you my {bare}," {he} said.',
        "{n} gave {f} the {obj}.",
      );
      story.tell(
        "{f} sat up and smiled.",
        "{f} was so happy that {fhe} forgot to be sad.",
        '"Thank you, {n}!" said {f}.',
      );
      story.tell(
        "{n} told {fhim} funny stories and sang a song.",
        "They played with the {bare} on the bed.",
        "{n} stayed and read a book to {fhim}.",
      );
      story.tell(
        "The next day, {f} felt much better.",
        "After some days, {f} was well again.",
        "Soon {f} could get up.",
      );
      story.tell(
        "They went {to} together and played all day.",
        '"You are the best friend," said {f}.',
        "And then {n} and {f} played with the {bare} outside.",
      );
    },
  },
  {
    name: "out of reach",
    subject: "object",
    tell(story) {
      story.tell(
        "One windy day, {his} {obj} flew up into a tree.",
        "One day, {n} threw {his} {obj} too high, and it landed in a tree.",
        "One day, {aobj} was up on the roof, and {n} wanted it.",
      );
      story.tell(
        "{n} jumped, but {he} could not reach it.",
        "It was too high for {n}.",
        "{He} stood on {his} toes, but {he} was too small.",
      );
      story.tell(
        "{He} tried a long stick, but it was too short.",
        "{He} tried to climb up, but {he} slipped.",
        "{He} threw a shoe at it, but that did not help.",
      );
      story.tell(
        "Then {his} friend {f} came by.",
        "{He} called a friend named {f}.",
        "{His} friend {f} heard {him} and came to help.",
      );
      story.tell('"Stand on my back," said {f}.', '"I have a ladder," said {f}.', '"We can do it together," said {f}.');
      story.tell("{n} climbed up with care.", "{f} held {him} so that {he} did not fall.", "Up and up went {n}.");
      story.tell(
        "{He} reached out and got the {bare}!",
        "And then {he} had the {bare} in {his} hand.",
        '"I have it!" {he} shouted, and held up the {bare}.',
      );
      story.tell("They both laughed.", "{f} cheered, and {n} came down.", '"Thank you, {f}!" said {n}.');
      story.tell(
        "Then they played with the {bare} until it was dark.",
        "{n} let {f} play with the {bare} first.",
        "After that, they went home and ate {food}.",
      );
      story.maybe(0.6, "{n} learned that two can do more than one.", "It is good to have a friend who helps.");
    },
  },
];
